"""What a camera's tests ask of a task: scores of results that come late."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sdvbench.tasks.base import Scored

NONE = -1  # instead of a frame: there was no result yet


class Results(ABC):
    """What an engine puts out for each frame of a sequence, in no hurry, and the truth of each."""

    @abstractmethod
    def __len__(self) -> int:
        """Frames."""

    @abstractmethod
    def against(self, reference: Self) -> Self:
        """The same with other truth, of a sequence without labels: what ``reference`` has put out.
        Scores then say how far the engine is from the reference.
        """

    @abstractmethod
    def score(self, frames: NDArray[np.int64], shown: NDArray[np.int64]) -> Scored:
        """The truth in each of ``frames`` against the result for the frame ``shown`` in its place.

        frames: (n,) int64, indices. shown: (n,) int64, as frames, or NONE.
        Raises DatasetError where there is nothing to score.
        """

    @abstractmethod
    def interval(self, scored: Scored, block: int) -> tuple[float, float]:
        """At 95 %, of the value of what ``score`` gave, over blocks of so many frames."""
