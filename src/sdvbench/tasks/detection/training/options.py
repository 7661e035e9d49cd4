"""What can be chosen of the training of detectors, beside what every recipe has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sdvbench.datasets.base import Dataset
from sdvbench.errors import OptionError
from sdvbench.tasks.base import Scored
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.training.gains import Gains
from sdvbench.tasks.training import Option, TaskTraining

if TYPE_CHECKING:  # `sdvbench recover --help` must not load torch
    import torch

    from sdvbench.models.base import Network, TrainableDetector
    from sdvbench.tasks.detection.training.distillation import Distillation
    from sdvbench.tasks.detection.training.lessons import DetectionLessons


@dataclass(frozen=True)
class DetectionTraining(TaskTraining):
    """mosaics: share of the images that are mosaics of four; none in the last ``plain_share`` of
        the epochs, so that training ends on images as they will come.
    gains: weights of the loss's terms.
    distillation: what a teacher adds to them.
    Raises OptionError for a share out of range.
    """

    options = (
        Option("mosaics", float, "share of images made of four (1)"),
        Option("temperature", float, "softens the teacher's classes (2)"),
    )
    mosaics: float = 1.0
    plain_share: float = 0.1
    gains: Gains = field(default_factory=Gains)
    distillation: "Distillation | None" = None

    def __post_init__(self) -> None:
        for name in ("mosaics", "plain_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise OptionError(f"{name} {value}", "is out of range", "Choose 0 to 1")

    def asked(self, given: Mapping[str, Any], teacher: "Network | None") -> "DetectionTraining":
        from sdvbench.tasks.detection.training.distillation import Distillation

        own = dict(given)
        softened = {name: own.pop(name) for name in ("temperature",) if name in own}
        chosen = replace(self, **own)
        if teacher:
            return replace(chosen, distillation=Distillation(self.check(teacher), **softened))
        for name, value in softened.items():
            option = f"--{name} {value}"
            raise OptionError(
                option, "requires a teacher, and none is named", "Add --teacher MODEL"
            )
        return chosen

    def check(self, model: "Network") -> "TrainableDetector":
        from sdvbench.models.base import TrainableDetector

        if not isinstance(model, TrainableDetector):
            problem = "cannot be trained, or teach: it does not show its head's maps"
            remedy = "Derive it from sdvbench's TrainableDetector"
            raise OptionError(f"model {model.name}", problem, remedy)
        return model

    def begin(self, model: "Network") -> None:
        self.check(model).expect_few_objects()

    def lessons(
        self,
        model: "TrainableDetector",
        data: Dataset,
        *,
        epochs: int,
        batch: int,
        imgsz: int,
        seed: int,
        dtype: "torch.dtype",
    ) -> "DetectionLessons":
        """Also raises OptionError for a teacher that does not fit the model."""
        from sdvbench.tasks.detection.training.batches import Batches
        from sdvbench.tasks.detection.training.classes import classes_in_model
        from sdvbench.tasks.detection.training.lessons import DetectionLessons

        data.check_labelled_for("detection")
        to_model = classes_in_model(data, model.num_classes, model.class_names)
        if model.class_names is None and model.num_classes == len(data.classes):
            model.class_names = data.classes
        batches = Batches(data, to_model, imgsz, batch, seed)
        return DetectionLessons(self, model, batches, epochs, dtype)

    def told(self, scored: Scored) -> str:
        assert isinstance(scored, Metrics)
        return f"mAP50 {scored.map50:.4f}, mAP50-95 {scored.map:.4f}"

    def compared(self, before: Scored, after: Scored, data: Dataset) -> str:
        from sdvbench.tasks.detection.bootstrap import map_drop_interval

        assert isinstance(before, Metrics)
        assert isinstance(after, Metrics)
        low, high = map_drop_interval(after, before, len(data.classes))
        return (
            f"mAP50-95 on {after.images} held-out images: {before.map:.4f} before training, "
            f"{after.map:.4f} after: {after.map - before.map:+.4f} "
            f"(95 % interval {low:+.4f} to {high:+.4f})"
        )
