"""Accuracy of results that come late: frames are scored with what was found in others, or nothing.

The two scores, sAP and RTIA, differ in what stands for a frame; ``realtime.accuracy`` has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import DetectionSample
from sdvbench.tasks.base import Scored
from sdvbench.tasks.detection.bootstrap import map_interval
from sdvbench.tasks.detection.mean_average_precision import mean_average_precision
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.nms import Detections
from sdvbench.tasks.streaming import NONE, Results

CONFIDENCE = 0.25  # from which on YOLOv5 shows what it has detected
NOTHING = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class DetectionResults(Results):
    """samples, found: frame by frame. classes: of the data set."""

    samples: Sequence[DetectionSample]
    found: Sequence[Detections]
    classes: Sequence[str]

    def __len__(self) -> int:
        return len(self.samples)

    def against(self, reference: Self) -> Self:
        return replace(self, samples=pseudo_truth(reference.samples, reference.found))

    def score(self, frames: NDArray[np.int64], shown: NDArray[np.int64]) -> Metrics:
        return score_late(self.samples, self.found, frames, shown, self.classes)

    def interval(self, scored: Scored, block: int) -> tuple[float, float]:
        assert isinstance(scored, Metrics)
        return map_interval(scored, len(self.classes), block=block)


def score_late(
    samples: Sequence[DetectionSample],
    found: Sequence[Detections],
    frames: NDArray[np.int64],
    shown: NDArray[np.int64],
    classes: Sequence[str],
) -> Metrics:
    """The truth in each of ``frames`` against what was found in the frame ``shown`` in its place.

    samples, found: of the whole sequence, frame by frame. frames: (n,) int64, indices into both.
    shown: (n,) int64, as frames, or NONE.
    Raises DatasetError where no object counts.
    """
    outputs = [found[index] if index != NONE else NOTHING for index in shown.tolist()]
    return mean_average_precision([samples[i] for i in frames.tolist()], outputs, classes)


def pseudo_truth(
    samples: Sequence[DetectionSample], found: Sequence[Detections]
) -> tuple[DetectionSample, ...]:
    """``samples`` with what a reference has found in them, at a confidence of at least 0.25, as if
    that were the truth. Scores against it say how far an engine is from the reference.
    """
    made = []
    for sample, detections in zip(samples, found, strict=True):
        kept = detections.scores >= CONFIDENCE
        none = np.zeros(int(kept.sum()), np.bool_)
        boxes, classes = detections.boxes[kept], detections.classes[kept]
        made.append(replace(sample, boxes=boxes, classes=classes, crowd=none, ignore=none))
    return tuple(made)
