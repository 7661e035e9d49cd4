"""How long, on what and how fast a model is trained."""

import math
from dataclasses import dataclass, field

from sdvbench.errors import OptionError
from sdvbench.image_size import check_image_size
from sdvbench.recovery.loss import Gains

RANGES = (
    ("epochs", 1, math.inf),
    ("batch", 1, math.inf),
    ("frozen", 0, math.inf),
    ("seed", 0, math.inf),
    ("ema_steps", 1, math.inf),
    ("warmup_epochs", 0, math.inf),
    ("weight_decay", 0, 1),
    ("final_share", 0, 1),
    ("mosaics", 0, 1),
    ("plain_share", 0, 1),
)


@dataclass(frozen=True)
class Recipe:
    """learning_rate: of AdamW, after warm-up. The default is a tenth of 0.001, with which YOLOv5
        is trained from nothing by Adam; it falls along a cosine to ``final_share`` of itself.
    warmup_epochs: in which it grows from nothing, a tenth of all epochs at most.
    mosaics: share of the images that are mosaics of four; none in the last ``plain_share`` of the
        epochs, so that training ends on images as they will come.
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
    mosaics: float = 1.0
    plain_share: float = 0.1
    frozen: int = 0
    precision: str = "auto"
    ema_steps: int = 2000
    seed: int = 0
    gains: Gains = field(default_factory=Gains)

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

    def mosaics_at(self, epoch: int) -> float:
        plain = math.ceil(self.epochs * self.plain_share) if self.epochs > 1 else 0
        return self.mosaics if epoch < self.epochs - plain else 0.0
