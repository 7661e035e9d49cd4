"""The images that the engines of a run are timed, compared and calibrated with."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from sdvbench.datasets import Dataset
from sdvbench.image_size import ImageSize, written
from sdvbench.session.calibration import CalibrationData
from sdvbench.session.effort import Effort
from sdvbench.tasks.detection.letterbox import letterbox
from sdvbench.tensors import Images, Inputs
from sdvbench.workflows.base import Calibration

TIMING_IMAGES = 8


class RunImages:
    """The first images of a data set, letterboxed, in whole batches: float32 (N, 3, height, width),
    RGB 0..1, N a multiple of the batch. A smaller data set is gone through again.

    dataset: what engines are timed with. calibration: what ranges of quantized engines are taken
    from, and outputs compared of.
    """

    def __init__(
        self, dataset: Dataset, calibration: CalibrationData, imgsz: ImageSize, effort: Effort
    ) -> None:
        self._dataset, self._calibration = dataset, calibration
        self._imgsz, self._effort = imgsz, effort

    @lru_cache(maxsize=4)  # noqa: B019 - as long as the session
    def timing(self, batch: int) -> Images:
        count = max(TIMING_IMAGES // batch, 1) * batch
        return np.stack(list(self._letterboxed(self._dataset, count)))

    @lru_cache(maxsize=4)  # noqa: B019
    def agreement(self, batch: int) -> Images:
        """The first of the calibration images, two or more.

        A value beyond the range of the calibration images is clipped, by a quantized engine that
        computes exactly what it should as well. What that costs is what the mAP drop measures.
        """
        self._calibration.check_pair()
        count = -(-self._effort.agreement_images // batch) * batch
        return np.stack(list(self._letterboxed(self._calibration.dataset, count)))

    def calibration(self, batch: int) -> Calibration:
        count = self._effort.calibration_count(batch)
        dataset = self._calibration.dataset
        identity = f"{dataset.identity} first {count} at {written(self._imgsz)}"

        def calls() -> Iterable[Inputs]:
            stream = self._letterboxed(dataset, count)
            for _ in range(count // batch):
                yield (np.stack(list(islice(stream, batch))),)

        return Calibration(identity, calls)

    def _letterboxed(self, dataset: Dataset, count: int) -> Iterator[Images]:
        """``count`` of (3, height, width)."""
        samples: Any = islice(cycle(range(len(dataset))), count)
        for index in samples:
            yield letterbox(dataset[index].image, self._imgsz)[0]
