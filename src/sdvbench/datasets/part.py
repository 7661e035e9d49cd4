"""Some of the images of a data set: to train on these, and to score on the others."""

from collections.abc import Sequence

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.errors import OptionError


class Part(Dataset):
    """The samples of ``whole`` that ``text``, as Python writes slices, takes: ":96", "96:", "::2".

    Raises OptionError for text that is no slice, and for one that takes nothing.
    """

    def __init__(self, whole: Dataset, text: str) -> None:
        self._whole = whole
        named = f"slice={text} of {whole.identity}"
        try:
            parts = [int(part) if part.strip() else None for part in text.split(":")]
            if not 2 <= len(parts) <= 3:
                raise ValueError("it has no colon, or too many")
            self._indices = range(len(whole))[slice(*parts)]
        except ValueError as error:
            remedy = "Write it like :96, 96: or ::2"
            raise OptionError(named, f"is no slice ({error})", remedy) from error
        if not self._indices:
            problem = f"takes none of the {len(whole)} images"
            raise OptionError(named, problem, "Take some")
        _describe(self, whole)
        taken = self._indices
        if whole.rate_hz and taken.step > 0:  # backwards it is no sequence
            self.rate_hz = whole.rate_hz / taken.step
        self.identity = f"{whole.identity} [{taken.start}:{taken.stop}:{taken.step}]"

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        return _drawn_from(self._whole, self._indices)

    def others(self, count: int) -> Dataset | None:
        """The first ones of the whole that the slice leaves out, or else of the whole's others."""
        taken = set(self._indices)
        left = [index for index in range(len(self._whole)) if index not in taken]
        if len(left) < count:
            return self._whole.others(count)
        kept = left if self.sequential else left[:count]
        return _Some(self._whole, kept, f"first {len(kept)} besides {self.identity}")

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._whole[self._indices[index]]


def spread(whole: Dataset, count: int) -> Dataset:
    """``count`` samples of ``whole`` at equal distances, or all where there are no more."""
    if count >= len(whole):
        return whole
    indices = [place * len(whole) // count for place in range(count)]
    return _Some(whole, indices, f"{count} spread over {whole.identity}")


class _Some(Dataset):
    """The samples of ``whole`` with these indices."""

    def __init__(self, whole: Dataset, indices: Sequence[int], identity: str) -> None:
        self._whole, self._indices, self.identity = whole, indices, identity
        _describe(self, whole)

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        return _drawn_from(self._whole, self._indices)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._whole[self._indices[index]]


def _describe(part: Dataset, whole: Dataset) -> None:
    """Give ``part`` what does not depend on how many samples it has."""
    part.task, part.classes, part.aliases = whole.task, whole.classes, whole.aliases
    part.labelled, part.summary = whole.labelled, whole.summary
    part.command_range, part.sequential = whole.command_range, whole.sequential


def _drawn_from(whole: Dataset, indices: Sequence[int]) -> tuple[str, Sequence[int]]:
    origin, numbers = whole.drawn_from
    return origin, [numbers[index] for index in indices]
