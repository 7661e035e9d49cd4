"""The circuit's lane: a closed polygon with rounded corners, so straights and arcs of circles.

Its geometry is exact: the nearest point of a straight or of an arc is a formula, not a search.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Place(NamedTuple):
    """along_m: of the nearest point, from the start. deviation_m: from there, positive to the left.

    Arrays of the shape of what was asked for.
    """

    along_m: Floats
    deviation_m: Floats


class Pose(NamedTuple):
    """A point of the centre line, the direction of the road there and its curvature.

    Positive curvature, in 1/m, is a bend to the left. Arrays of the shape of what was asked for.
    """

    x_m: Floats
    y_m: Floats
    heading_rad: Floats
    curvature: Floats


class Lane:
    """Straights between arcs that touch them, in the order of the corners, back to the start.

    corners_m: (n, 2), of a polygon that does not cross itself. radii_m: (n,), of the arc that
        rounds each corner; arcs of neighbouring corners must leave room for each other.
    The start is where the first corner's arc ends. length_m: of the centre line.
    Raises ValueError where arcs would overlap.
    """

    def __init__(self, corners_m: ArrayLike, radii_m: ArrayLike) -> None:
        corners = np.asarray(corners_m, np.float64)
        edges = np.roll(corners, -1, axis=0) - corners
        edge_m = np.hypot(*edges.T)
        headings = np.arctan2(edges[:, 1], edges[:, 0])
        cut_m = np.asarray(radii_m, np.float64) * np.tan(np.abs(turns(corners)) / 2)
        straight_m = edge_m - cut_m - np.roll(cut_m, -1)
        if straight_m.min() < 0:
            raise ValueError("the arcs of two corners overlap")
        # Element i is the straight that leaves corner i, then the arc around the corner after it.
        self._direction = edges / edge_m[:, None]
        self._straight_start = corners + self._direction * cut_m[:, None]
        self._straight_m, self._heading = straight_m, headings
        self._turn = np.roll(turns(corners), -1)
        self._radius = np.roll(np.asarray(radii_m, np.float64), -1)
        self._side = np.sign(self._turn)
        self._arc_start = self._straight_start + self._direction * straight_m[:, None]
        to_left = np.stack((-self._direction[:, 1], self._direction[:, 0]), axis=1)
        self._centre = self._arc_start + to_left * (self._side * self._radius)[:, None]
        middle = headings + self._turn / 2 - self._side * np.pi / 2
        self._middle = np.stack((np.cos(middle), np.sin(middle)), axis=1)
        arc_m = self._radius * np.abs(self._turn)
        ends = np.cumsum(np.stack((straight_m, arc_m), axis=1).ravel())
        self._starts = np.concatenate(([0.0], ends[:-1]))
        self.length_m = float(ends[-1])

    def pose(self, along_m: ArrayLike) -> Pose:
        """The centre line at ``along_m``, of any shape; beyond the length it goes round again."""
        along = np.asarray(along_m, np.float64) % self.length_m
        element = np.searchsorted(self._starts, along, side="right") - 1
        number, within = element // 2, along - self._starts[element]
        on_arc = element % 2 == 1
        heading = self._heading[number]
        curvature = np.where(on_arc, self._side[number] / self._radius[number], 0.0)
        turned = curvature * within
        chord = np.where(on_arc, 2 * self._radius[number] * np.abs(np.sin(turned / 2)), within)
        start = np.where(on_arc[..., None], self._arc_start[number], self._straight_start[number])
        x = start[..., 0] + chord * np.cos(heading + turned / 2)
        y = start[..., 1] + chord * np.sin(heading + turned / 2)
        return Pose(x, y, wrapped(heading + turned), curvature)

    def locate(self, x_m: ArrayLike, y_m: ArrayLike) -> Place:
        """The nearest point of the centre line to each point, of any shape."""
        x, y = (np.asarray(value, np.float64)[..., None] for value in (x_m, y_m))
        straights, arcs = self._on_straights(x, y), self._on_arcs(x, y)
        along, distance, side = (
            np.concatenate(pair, axis=-1) for pair in zip(straights, arcs, strict=True)
        )
        nearest = np.argmin(distance, axis=-1, keepdims=True)
        along, distance, side = (
            np.take_along_axis(values, nearest, axis=-1)[..., 0]
            for values in (along, distance, side)
        )
        return Place(along % self.length_m, np.copysign(distance, side))

    def _on_straights(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Of each point and straight: place along the lane, distance, and side (left > 0)."""
        right, up = self._direction.T
        x, y = x - self._straight_start[:, 0], y - self._straight_start[:, 1]
        within = np.clip(x * right + y * up, 0, self._straight_m)
        distance = np.hypot(x - within * right, y - within * up)
        return self._starts[::2] + within, distance, right * y - up * x

    def _on_arcs(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """As ``_on_straights``; angles are counted from the middle of the arc."""
        right, up = self._middle.T
        x, y = x - self._centre[:, 0], y - self._centre[:, 1]
        from_centre = np.hypot(x, y)
        angle = self._side * np.arctan2(right * y - up * x, right * x + up * y)
        half = np.abs(self._turn) / 2
        within = np.clip(angle, -half, half)
        across = from_centre - self._radius
        # 0 where the foot is on the arc; else the law of cosines, without its cancellation.
        beyond = 2 * from_centre * self._radius * (1 - np.cos(angle - within))
        along = self._starts[1::2] + self._radius * (within + half)
        return along, np.sqrt(across * across + beyond), -self._side * across


def turns(corners_m: Floats) -> Floats:
    """(n,) radians: by how much a polygon's outline turns left at each corner, -pi to pi."""
    edges = np.roll(corners_m, -1, axis=0) - corners_m
    headings = np.arctan2(edges[:, 1], edges[:, 0])
    return wrapped(headings - np.roll(headings, 1))


def wrapped(angle_rad: Floats) -> Floats:
    """The same angle between -pi and pi."""
    return (angle_rad + np.pi) % (2 * np.pi) - np.pi
