"""How long and how fast a model is trained, whatever its task."""

import math
from dataclasses import dataclass

from sdvbench.errors import OptionError
from sdvbench.image_size import check_image_size

RANGES = (
    ("epochs", 1, math.inf),
    ("batch", 1, math.inf),
    ("frozen", 0, math.inf),
    ("seed", 0, math.inf),
    ("ema_steps", 1, math.inf),
    ("warmup_epochs", 0, math.inf),
    ("weight_decay", 0, 1),
    ("final_share", 0, 1),
)


@dataclass(frozen=True)
class Recipe:
    """learning_rate: of AdamW, after warm-up. The default is a tenth of 0.001, with which YOLOv5
        is trained from nothing by Adam; it falls along a cosine to ``final_share`` of itself.
    warmup_epochs: in which it grows from nothing, a tenth of all epochs at most.
    frozen: so many of the model's first layers are not trained.
    precision: of the forward pass: fp32, bf16, fp16, or auto, the fastest that the device has.
    ema_steps: over about so many steps weights are averaged.
    Raises OptionError for a value out of range.
    """

    epochs: int = 30
    batch: int = 16
    imgsz: int = 640
    learning_rate: float = 1e-4
    final_share: float = 0.01
    warmup_epochs: float = 3.0
    weight_decay: float = 5e-4
    frozen: int = 0
    precision: str = "auto"
    ema_steps: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        check_image_size(self.imgsz)
        for name, low, high in RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                told = f"at least {low:g}" if high == math.inf else f"{low:g} to {high:g}"
                raise OptionError(f"{name} {value}", "is out of range", f"Choose {told}")
        if not 0 < self.learning_rate < math.inf:
            rate = f"learning_rate {self.learning_rate}"
            raise OptionError(rate, "is not positive", "Try 0.0001")
        if self.precision not in ("auto", "fp32", "bf16", "fp16"):
            raise OptionError(
                f"precision {self.precision}", "is not known", "Choose auto, fp32, bf16 or fp16"
            )

    def rate_at(self, step: int, steps_an_epoch: int) -> float:
        """The share of ``learning_rate`` at ``step``, counted from 0."""
        total = self.epochs * steps_an_epoch
        warmup = min(self.warmup_epochs, self.epochs / 10) * steps_an_epoch
        if step < warmup:
            return (step + 1) / (warmup + 1)
        done = (step - warmup) / max(total - warmup, 1)
        return self.final_share + (1 - self.final_share) * (1 + math.cos(math.pi * done)) / 2
