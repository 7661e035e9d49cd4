"""The images that the engines of a run are timed, compared and calibrated with."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from sdvbench.datasets import Dataset
from sdvbench.detection.letterbox import letterbox
from sdvbench.errors import DatasetError
from sdvbench.pytest_plugin.effort import Effort
from sdvbench.workflows.base import Calibration, Images

TIMING_IMAGES = 8


class RunImages:
    """The first images of ``dataset``, letterboxed, in whole batches: float32 (N, 3, imgsz, imgsz),
    RGB 0..1, N a multiple of the batch. A smaller data set is gone through again.

    named: what errors call it. calibration: what ranges of quantized engines are taken from.
    """

    def __init__(
        self, named: str, dataset: Dataset, imgsz: int, effort: Effort, calibration: Dataset
    ) -> None:
        self._named, self._dataset, self._imgsz, self._effort = named, dataset, imgsz, effort
        self._calibration = calibration

    @lru_cache(maxsize=4)  # noqa: B019 - as long as the session
    def timing(self, batch: int) -> Images:
        count = max(TIMING_IMAGES // batch, 1) * batch
        return np.stack(list(self._letterboxed(self._dataset, count)))

    @lru_cache(maxsize=4)  # noqa: B019
    def agreement(self, batch: int) -> Images:
        """Two different ones at the least. Raises DatasetError where there is only one."""
        count = -(-self._effort.agreement_images // batch) * batch
        if len(self._dataset) < 2:
            raise DatasetError(self._named, "has one image only", "Give two or more")
        return np.stack(list(self._letterboxed(self._dataset, count)))

    def calibration(self, batch: int) -> Calibration:
        count = self._effort.calibration_count(batch)
        identity = f"{self._calibration.identity} first {count} at {self._imgsz}"

        def images() -> Iterable[Images]:
            stream = self._letterboxed(self._calibration, count)
            for _ in range(count // batch):
                yield np.stack(list(islice(stream, batch)))

        return Calibration(identity, images)

    def _letterboxed(self, dataset: Dataset, count: int) -> Iterator[Images]:
        """``count`` of (3, imgsz, imgsz)."""
        samples: Any = islice(cycle(range(len(dataset))), count)
        for index in samples:
            yield letterbox(dataset[index].image, self._imgsz)[0]
