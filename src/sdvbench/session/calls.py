"""The inputs of the calls with which the engines of a run are timed, compared and calibrated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from typing import TYPE_CHECKING

from sdvbench.code_digest import code_digest, code_with_bases
from sdvbench.datasets.base import Dataset, Sample
from sdvbench.image_size import ImageSize, written
from sdvbench.session.calibration import CalibrationData
from sdvbench.session.effort import Effort
from sdvbench.tasks.base import Task
from sdvbench.tensors import Inputs
from sdvbench.workflows.base import Calibration

if TYPE_CHECKING:
    from sdvbench.models.base import Network

TIMING_SAMPLES = 8
FIRST_SEED = 1000  # of calibration, apart from those of timing


@dataclass(frozen=True)
class RunCalls:
    """Of one network: the first samples of a data set, in whole batches. A smaller data set is gone
    through again. A network that takes no images is given its own examples instead.

    dataset: what engines are timed with. calibration: what ranges of quantized engines are taken
    from, and outputs compared of. Neither is opened for a network that takes no images.
    """

    network: "Network"
    task: Task
    imgsz: ImageSize
    effort: Effort
    dataset: Callable[[], Dataset]
    calibration_data: Callable[[], CalibrationData]

    @property
    def takes_images(self) -> bool:
        return self.task.takes_images(self.network.inputs)

    @lru_cache(maxsize=4)  # noqa: B019 - as long as the session
    def timing(self, batch: int) -> Sequence[Inputs]:
        count = max(TIMING_SAMPLES // batch, 1)
        return list(self._calls(self.dataset, count, batch, 0))

    @lru_cache(maxsize=4)  # noqa: B019
    def agreement(self, batch: int) -> Sequence[Inputs]:
        """The first of the calibration samples, two or more.

        A value beyond the range of the calibration samples is clipped, by a quantized engine that
        computes exactly what it should as well. What that costs is what the mAP drop measures.
        """
        if self.takes_images:
            self.calibration_data().check_pair()
        count = max(-(-self.effort.agreement_images // batch), self.task.fewest_calls)
        return list(self._calls(self._calibration_dataset, count, batch, FIRST_SEED))

    @property
    def different(self) -> int | None:
        """How many samples there are to compare outputs of; None is as many as are asked for."""
        return len(self._calibration_dataset()) if self.takes_images else None

    def calibration(self, batch: int) -> Calibration:
        samples = self.effort.calibration_count(batch)
        if self.takes_images:
            identity = f"{self._calibration_dataset().identity} first {samples}"
        else:
            identity = f"{samples} examples of {self.network.name}"
        code = " ".join([code_digest(__name__, *self.task.code), *code_with_bases(type(self.task))])
        return Calibration(
            f"{identity} at {written(self.imgsz)} by {code}",
            lambda: self._calls(self._calibration_dataset, samples // batch, batch, FIRST_SEED),
        )

    def _calibration_dataset(self) -> Dataset:
        return self.calibration_data().dataset

    def _calls(
        self, dataset: Callable[[], Dataset], count: int, batch: int, first_seed: int
    ) -> Iterator[Inputs]:
        inputs = self.network.bound_inputs(self.imgsz, batch)
        opened: Sequence[Sample] | Dataset = dataset() if self.takes_images else []
        numbers = cycle(range(len(opened)))
        for call in range(count):
            samples = [opened[number] for number in islice(numbers, batch)]
            yield self.task.call(self.network, inputs, samples, first_seed + call)
