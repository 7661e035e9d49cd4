"""Which images int8 and int16 take their ranges from: others than those that are scored. Agreement
is tested on them.
"""

from dataclasses import dataclass

from sdvbench.datasets import Dataset
from sdvbench.datasets.part import spread
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import DatasetError

OPTION = "--sdv-calibration"


@dataclass(frozen=True)
class CalibrationData:
    """named: what errors call it. dataset: its first images are used. count: how many of them an
    engine takes at the most. scored: how many of these are scored as well.
    """

    named: str
    dataset: Dataset
    count: int
    scored: int

    @property
    def line(self) -> str:
        """For the summary of a run."""
        used = min(self.count, len(self.dataset))
        told = f"ranges of quantized engines come from {used} images of {self.dataset.identity}"
        if not self.scored:
            return f"{told}, which are not scored"
        which = "all" if self.scored == used else self.scored
        return (
            f"{told}, {which} of which are scored too; to keep them apart, name other images with "
            f"{OPTION} KIND:PATH, or score a part of these with ?slice={self.count}:"
        )

    def check_pair(self) -> None:
        """Raises DatasetError where there is one image only, and so no other to compare with."""
        if len(self.dataset) < 2:
            raise DatasetError(self.named, "has one image only", "Give two or more")


def calibration_data(option: str | None, data: str, scored: Dataset, count: int) -> CalibrationData:
    """What ``option`` names, or else images that are not among ``scored``, or else, where there are
    too few others, those that are scored. data: the option that ``scored`` was opened for.

    Of a drive they are taken from all over it: with the ranges of its first two seconds, int8
    engines left the road.
    Raises OptionError or DatasetError where ``option`` cannot be read.
    """
    dataset = open_dataset(option, OPTION) if option else scored.others(count) or scored
    if dataset.sequential:
        dataset = spread(dataset, count)
    named = f"{OPTION} {option}" if option else f"--sdv-data {data}"
    return CalibrationData(named, dataset, count, _shared(dataset, scored, count))


def _shared(dataset: Dataset, scored: Dataset, count: int) -> int:
    """How many of the first ``count`` images of ``dataset`` are among ``scored``."""
    origin, numbers = dataset.drawn_from
    scored_origin, scored_numbers = scored.drawn_from
    return len(set(numbers[:count]) & set(scored_numbers)) if origin == scored_origin else 0
