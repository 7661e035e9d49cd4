"""The figures that say how well an engine detects."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import DetectionSample
from sdvbench.tasks.detection.nms import Detections


@dataclass(frozen=True)
class Metrics:
    """How well an engine detects; a ``tasks.base.Scored``.

    map50: COCO's AP at IoU 0.5. map: the mean over IoU 0.50, 0.55 .. 0.95. Both over the classes
        with objects that count; a class that the model does not know has AP 0.
    precision, recall: at IoU 0.5, means over these classes, at the ``confidence`` that gives the
        highest mean F1, as YOLOv5's validation reports them.
    images, instances: scored, the latter without crowds and ignored objects.
    per_class: AP (0.50..0.95) by class name.
    engine_s: seconds inside the engine's calls. total_s: seconds of the whole evaluation.
    samples, detections: what was scored, image by image and without pixels, so that confidence
        intervals can resample images.
    resampled: what those resamples gave, by how they were drawn: one reference is compared with
        many engines.
    """

    map50: float
    map: float
    precision: float
    recall: float
    confidence: float
    images: int
    instances: int
    per_class: Mapping[str, float]
    engine_s: float = 0.0
    total_s: float = 0.0
    samples: tuple[DetectionSample, ...] = field(default=(), repr=False, compare=False)
    detections: tuple[Detections, ...] = field(default=(), repr=False, compare=False)
    resampled: dict[tuple[object, ...], NDArray[np.float64]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def value(self) -> float:
        return self.map

    @property
    def shown(self) -> Mapping[str, float]:
        return {name: getattr(self, name) for name in ("map", "map50", "precision", "recall")}

    @property
    def predictions(self) -> tuple[Detections, ...]:
        """What any task calls its outputs that are scored."""
        return self.detections
