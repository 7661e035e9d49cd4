"""What a driver commands, speed v and yaw rate or steering w, in a vehicle's units and in 0..1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NAMES = ("v", "w")
Commands = NDArray[np.float64]  # (..., 2): v and w


@dataclass(frozen=True)
class CommandRange:
    """v, w: the values in the vehicle's units that a network calls 0 and 1."""

    v: tuple[float, float]
    w: tuple[float, float]

    def __post_init__(self) -> None:
        """Raises ValueError where a bound is not below the other one."""
        for name, (low, high) in zip(NAMES, (self.v, self.w), strict=True):
            if not low < high < float("inf") or low == -float("inf"):
                raise ValueError(
                    f"has a range of {name} from {low:g} to {high:g}, which is empty or endless"
                )

    @property
    def written(self) -> str:
        """As one text, which ``read`` takes: "6.5 24.0 -7.1 7.1"."""
        return " ".join(map(str, (*self.v, *self.w)))

    @classmethod
    def read(cls, text: str) -> "CommandRange":
        """Raises ValueError, with a clause on what is wrong."""
        try:
            slowest, fastest, right, left = map(float, text.split())
        except ValueError as error:
            raise ValueError(f"has a command_range that is not four numbers: {text!r}") from error
        return cls((slowest, fastest), (right, left))

    def scaled(self, commands: ArrayLike) -> Commands:
        """(..., 2) in the vehicle's units -> (..., 2), 0..1 within the range and beyond it outside.

        >>> STUDY.scaled([24.0, 0.0]).tolist()
        [1.0, 0.5]
        """
        found: Commands = (np.asarray(commands, np.float64) - self._bounds[0]) / self.widths
        return found

    def unscaled(self, scaled: ArrayLike) -> Commands:
        """(..., 2) as networks put them out -> (..., 2) in the vehicle's units."""
        found: Commands = np.asarray(scaled, np.float64) * self.widths + self._bounds[0]
        return found

    @property
    def widths(self) -> Commands:
        """(2,): how many of the vehicle's units 0 and 1 lie apart."""
        found: Commands = self._bounds[1] - self._bounds[0]
        return found

    @property
    def _bounds(self) -> Commands:
        """(2, 2): the lower and the upper bounds of v and w."""
        return np.array([self.v, self.w], np.float64).T


# Of JdeRobot's study: metres and radians a second of its Formula 1 car in Gazebo.
STUDY = CommandRange(v=(6.5, 24.0), w=(-7.1, 7.1))
