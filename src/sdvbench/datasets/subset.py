"""A part of a data set, for quick runs and calibration."""

from collections.abc import Sequence
from hashlib import sha256

from sdvbench.datasets.base import Dataset, Sample


class Subset(Dataset):
    """The samples of ``dataset`` at ``indices``, in that order; classes and aliases are its own.

    Raises IndexError where an index lies outside the data set.
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        for index in indices:
            if not 0 <= index < len(dataset):
                raise IndexError(f"index {index} of a data set with {len(dataset)} samples")
        self._dataset, self._indices = dataset, tuple(indices)
        self.classes, self.aliases = dataset.classes, dataset.aliases
        digest = sha256(repr(self._indices).encode()).hexdigest()[:8]
        self.identity = f"{dataset.identity}-{len(self._indices)}of{len(dataset)}-{digest}"

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._dataset[self._indices[index]]


def first(dataset: Dataset, count: int) -> Dataset:
    """The first ``count`` samples; the data set itself where it has no more than that."""
    return dataset if count >= len(dataset) else Subset(dataset, range(count))
