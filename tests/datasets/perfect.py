"""Detectors that make no mistake, to see whether a reader's labels can be scored as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset
from sdvbench.tasks.detection.evaluate import evaluate
from sdvbench.tasks.detection.letterbox import letterbox

IMGSZ = 320


@dataclass(frozen=True)
class Spec:
    shape: tuple[int, ...] = (1, 3, IMGSZ, IMGSZ)


class Perfect:
    """Returns the labelled boxes, image after image, as a model of ``count`` classes would."""

    spec = Spec()

    def __init__(self, dataset: Dataset, count: int) -> None:
        self._outputs = iter([self._rows(dataset, index, count) for index in range(len(dataset))])

    def _rows(self, dataset: Dataset, index: int, count: int) -> NDArray[np.float32]:
        sample = dataset[index]
        _, place = letterbox(sample.image, IMGSZ)
        kept = ~(sample.crowd | sample.ignore)
        rows = np.zeros((1, max(1, int(kept.sum())), 5 + count), np.float32)
        for row, box, name in zip(rows[0], sample.boxes[kept], sample.classes[kept], strict=False):
            x1, y1, x2, y2 = place.boxes_to_input(box[None])[0]
            row[:5] = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, 1
            row[5 + name] = 1
        return rows

    def __call__(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        return next(self._outputs)


def perfect_map(dataset: Dataset, count: int, names: Sequence[str] | None = None) -> float:
    """mAP50-95 of the perfect detector of ``count`` classes."""
    return evaluate(Perfect(dataset, count), dataset, names).map


def red_box(image: NDArray[np.uint8]) -> NDArray[np.int64]:
    """x1 y1 x2 y2 around the red pixels, which are the objects of the cases."""
    red = (image[..., 0] > 150) & (image[..., 1] < 100) & (image[..., 2] < 100)
    ys, xs = np.nonzero(red)
    return np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
