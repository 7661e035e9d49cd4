"""The lanes that follow each other from the start to the end, as one road with metres along it.

MetaDrive counts its second coordinate, its lanes' lateral coordinate and its angles to the right;
all that leaves this file counts to the left.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple


class Place(NamedTuple):
    """along_m: from the road's start, negative before it. deviation_m: positive to the left.
    heading_rad: of the road there."""

    along_m: float
    deviation_m: float
    heading_rad: float


@dataclass
class Route:
    """lanes: MetaDrive's, in driving order. before_m, after_m: of them, not part of the road.

    Finding a place begins near the last one, so that a road that comes back to itself is not mixed
    up; ``restart`` begins again at the start.
    """

    lanes: list[Any]
    before_m: float
    after_m: float

    def __post_init__(self) -> None:
        self._starts = [-self.before_m]
        for lane in self.lanes:
            self._starts.append(self._starts[-1] + lane.length)
        self.length_m = self._starts[-1] - self.after_m
        self.restart()

    def restart(self) -> None:
        self._last = 0

    def locate(self, x_m: float, y_m: float) -> Place:
        """The nearest place of the lane last driven on and its neighbours."""
        best = (math.inf, math.inf)
        for index in range(max(0, self._last - 1), min(len(self.lanes), self._last + 2)):
            along, right = self.lanes[index].local_coordinates((x_m, -y_m))
            beyond = max(0.0, -along, along - self.lanes[index].length)
            if (beyond, abs(right)) < best:
                best = (beyond, abs(right))
                found = (index, along, right)
        self._last, along, right = found
        heading = -self.lanes[self._last].heading_theta_at(along)
        return Place(self._starts[self._last] + float(along), -float(right), float(heading))

    def point(self, along_m: float) -> tuple[float, float]:
        """x and y of the centre line; beyond either end its first or last lane goes on."""
        index = self._index(along_m)
        x, y = self.lanes[index].position(along_m - self._starts[index], 0.0)
        return float(x), -float(y)

    def curvature(self, along_m: float) -> float:
        """1/m, positive to the left: how much a metre of this lane turns."""
        index = self._index(along_m)
        lane, along = self.lanes[index], along_m - self._starts[index]
        return -float(lane.heading_theta_at(along + 0.5) - lane.heading_theta_at(along - 0.5))

    def _index(self, along_m: float) -> int:
        index = 0
        while index + 1 < len(self.lanes) and along_m >= self._starts[index + 1]:
            index += 1
        return index
