"""An image with its objects, ready to be put into a network's input."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DetectionSample, Sample, checked
from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.boxes import Boxes
from sdvbench.tasks.detection.training.classes import UNKNOWN


@dataclass(frozen=True, eq=False)
class Picture:
    """image: (H, W, 3) uint8 RGB. boxes: (n, 4) float32 xyxy in its pixels, within it.
    classes: (n,) int64, the model's.
    """

    image: NDArray[np.uint8]
    boxes: Boxes
    classes: NDArray[np.int64]

    def scaled(self, factor: float) -> Self:
        height, width = (max(round(side * factor), 1) for side in self.image.shape[:2])
        if (height, width) == self.image.shape[:2]:
            return self
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(self.image, (width, height), interpolation=method), np.uint8)
        scale = np.array([width / self.image.shape[1], height / self.image.shape[0]] * 2)
        return type(self)(image, (self.boxes * scale).astype(np.float32), self.classes)

    def mirrored(self) -> Self:
        width = self.image.shape[1]
        boxes = self.boxes.copy()
        boxes[:, [0, 2]] = width - self.boxes[:, [2, 0]]
        return type(self)(np.ascontiguousarray(self.image[:, ::-1]), boxes, self.classes)


def picture(sample: Sample, to_model: NDArray[np.int64], longer_px: int) -> Picture:
    """``sample`` with its longer side scaled to ``longer_px``.

    to_model: the model's class of each class of the data set, or UNKNOWN.
    Boxes are clipped to the image. Left out, and background from then on: objects of which nothing
    lies within the image, those of a class that the model does not know, crowds, and objects that
    need not be found.
    Raises DatasetError for a class that the data set does not have, and for boxes that are not
    finite.
    """
    where, sample = f"sample {sample.name}", checked(sample, DetectionSample)
    wrong = [int(c) for c in sample.classes if not 0 <= c < len(to_model)]
    if wrong:
        problem = f"has class id {wrong[0]}, but there are {len(to_model)} classes"
        raise DatasetError(where, problem, "Correct its label")
    if not np.isfinite(sample.boxes).all():
        raise DatasetError(where, "has a box that is not finite", "Correct its label")
    height, width = sample.image.shape[:2]
    boxes = np.clip(sample.boxes, 0, [width, height] * 2).astype(np.float32)
    classes = to_model[sample.classes]
    inside = (boxes[:, 2:] > boxes[:, :2]).all(1)
    kept = inside & (classes != UNKNOWN) & ~sample.crowd & ~sample.ignore
    whole = Picture(sample.image, boxes[kept], classes[kept])
    return whole.scaled(longer_px / max(height, width))


class Pictures:
    """The pictures of a data set by index; those that fit into memory are read once."""

    def __init__(
        self, dataset: Dataset, to_model: NDArray[np.int64], longer_px: int, cache_bytes: int
    ) -> None:
        self._dataset, self._to_model, self._longer_px = dataset, to_model, longer_px
        self._left_bytes = cache_bytes
        self._kept: dict[int, Picture] = {}

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Picture:
        if index in self._kept:
            return self._kept[index]
        found = picture(self._dataset[index], self._to_model, self._longer_px)
        if found.image.nbytes <= self._left_bytes:
            self._left_bytes -= found.image.nbytes
            self._kept[index] = found
        return found
