"""Which circuit a number stands for."""

import numpy as np
from numpy.typing import NDArray

from sdvbench.simulators.circuit.lane import Lane, turns

HALF_WIDTH_M = 2.0
LEAST_RADIUS_M = 12.0
WIDEST_RADIUS_M = 50.0
LEAST_BEND_M = 15.0  # of road, where there is room: slight turns are wide ones
LENGTH_M = (500.0, 900.0)
APART_M = 20.0  # between parts of the road that do not follow each other
CORNERS = (8, 12)
FROM_MIDDLE_M = 105.0
CALMER = 0.93  # what is left of the irregularity when a draw does not fit


def draw_lane(road: int) -> Lane:
    """The lane of circuit number ``road``, always the same.

    A star-shaped polygon cannot cross itself. Its corners are drawn around a circle and pulled
    towards a regular polygon, which has room for everything, until there is room for the least
    radius at all corners, the length is right and parts of the road are far enough apart.
    """
    rng = np.random.default_rng((road, 0x10AD))
    count = int(rng.integers(*CORNERS))
    angle, distance = rng.uniform(-1, 1, (2, count))
    wanted_m = LEAST_RADIUS_M * (WIDEST_RADIUS_M / LEAST_RADIUS_M) ** rng.random(count)
    clockwise = rng.random() < 0.5
    wildness = 1.0
    while True:
        at = 2 * np.pi * (np.arange(count) + 0.35 * wildness * angle) / count
        from_middle_m = FROM_MIDDLE_M * (1 + 0.6 * wildness * distance)
        corners = from_middle_m[:, None] * np.stack((np.cos(at), np.sin(at)), axis=1)
        if clockwise:
            corners[:, 1] *= -1
        room_m = _room(corners)
        if room_m.min() >= LEAST_RADIUS_M:
            bend_m = LEAST_BEND_M / np.abs(turns(corners))
            radii_m = np.minimum(np.maximum(wanted_m, bend_m), room_m)
            lane = _from_longest_straight(corners, radii_m)
            if LENGTH_M[0] <= lane.length_m <= LENGTH_M[1] and _apart(lane):
                return lane
        wildness *= CALMER


def _room(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) metres: the widest radius at each corner that leaves a tenth of each edge straight."""
    edge_m = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    shorter_m = np.minimum(edge_m, np.roll(edge_m, 1))
    room_m: NDArray[np.float64] = 0.45 * shorter_m / np.tan(np.abs(turns(corners)) / 2)
    return room_m


def _from_longest_straight(corners: NDArray[np.float64], radii: NDArray[np.float64]) -> Lane:
    cut_m = radii * np.tan(np.abs(turns(corners)) / 2)
    edge_m = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    first = int(np.argmax(edge_m - cut_m - np.roll(cut_m, -1)))
    return Lane(np.roll(corners, -first, axis=0), np.roll(radii, -first))


def _apart(lane: Lane) -> bool:
    """Whether points that are far apart along the road are apart on the ground, too."""
    along = np.arange(0.0, lane.length_m, 2.0)
    pose = lane.pose(along)
    between = np.hypot(pose.x_m[:, None] - pose.x_m, pose.y_m[:, None] - pose.y_m)
    way = np.abs(along[:, None] - along)
    way = np.minimum(way, lane.length_m - way)
    return bool((between[way > np.pi * APART_M] > APART_M).all())
