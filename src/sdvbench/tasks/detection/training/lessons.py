"""The batches that a detector learns from, and its losses on them."""

import math
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from sdvbench.models.base import TrainableDetector
from sdvbench.models.digest import model_digest
from sdvbench.tasks.detection.training.batches import Batches
from sdvbench.tasks.detection.training.labels import Labels
from sdvbench.tasks.detection.training.loss import detection_loss
from sdvbench.tasks.detection.training.options import DetectionTraining
from sdvbench.tasks.training import Batch, Lessons


class DetectionLessons(Lessons):
    """dtype: of the images that a teacher is shown. Raises OptionError for one that does not fit
    ``model``.
    """

    label = "object of the model's classes"

    def __init__(
        self,
        chosen: DetectionTraining,
        model: TrainableDetector,
        batches: Batches,
        epochs: int,
        dtype: torch.dtype,
    ) -> None:
        self.size = batches.size
        self._chosen, self._batches, self._epochs, self._dtype = chosen, batches, epochs, dtype
        self._gains = chosen.gains.scaled(model.num_classes, batches.imgsz)
        self.identity: dict[str, Any] = {
            "classes": batches.to_model.tolist(),
            "mosaics": [chosen.mosaics, chosen.plain_share],
            "gains": asdict(chosen.gains),
        }
        self._teacher = None
        if taught := chosen.distillation:
            taught.check(model)
            taught.teacher.to(next(model.parameters()).device)
            self._teacher = taught.teacher_as_run(dtype)
            self.identity["distillation"] = {
                **taught.weights,
                "teacher": model_digest(taught.teacher),
            }

    def __len__(self) -> int:
        return len(self._batches)

    def batch(self, number: int) -> Batch:
        plain = math.ceil(self._epochs * self._chosen.plain_share) if self._epochs > 1 else 0
        early = number // len(self) < self._epochs - plain
        return self._batches.batch(number, self._chosen.mosaics if early else 0.0)

    def plain_images(self, number: int) -> Tensor:
        return self._batches.batch(number, 0.0).images

    def outputs(self, model: TrainableDetector, images: Tensor) -> list[Tensor]:
        return model.head_maps(images)

    def losses(
        self, model: TrainableDetector, outputs: list[Tensor], images: Tensor, labels: Labels
    ) -> dict[str, Tensor]:
        priors, strides, gains = model.priors_px, model.strides, self._gains
        loss = detection_loss(outputs, labels, priors, strides, gains)
        terms = {"box": loss.box, "objectness": loss.objectness, "classes": loss.classes}
        if self._teacher and self._chosen.distillation:
            with torch.no_grad():
                taught = self._teacher.head_maps(images.to(self._dtype))
            distillation = self._chosen.distillation
            terms["teacher"] = distillation.loss(outputs, taught, priors, strides, gains)
        return terms
