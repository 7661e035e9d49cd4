"""What stands beside the road: traffic lights, poles, street lamps, trees, buildings."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.rendering.camera import Points
from sdvbench.datasets.rendering.light import Colour
from sdvbench.datasets.rendering.parts import Part, Point, dim, inset, prism

POLE: Colour = (86, 90, 94)
SIGNALS: tuple[Colour, ...] = ((255, 48, 40), (255, 190, 40), (40, 255, 130))
GREENS: tuple[Colour, ...] = ((58, 92, 44), (76, 104, 48), (44, 76, 46), (104, 100, 44))
SIGNAL_HEIGHT_M = 2.7


@dataclass(frozen=True)
class Fixture:
    """Scenery at one place: kind "tree", "lamp" or "pole"; style picks colours and shape."""

    kind: str
    x_m: float
    z_m: float
    height_m: float
    style: int


@dataclass(frozen=True)
class Building:
    """A house along the road from start_m to end_m, its wall at x_m facing the road."""

    x_m: float
    start_m: float
    end_m: float
    height_m: float
    colour: Colour
    lit: int


def traffic_light(height_m: float, state: int) -> list[Part]:
    """The housing with three lamps; state 0 red, 1 amber, 2 green. Its pole is a fixture."""
    wide, low, top = 0.19 * height_m, SIGNAL_HEIGHT_M, SIGNAL_HEIGHT_M + height_m
    case = prism([(-0.14, low), (0.14, low), (0.14, top), (-0.14, top)], [wide] * 4)
    parts = case.parts((34, 36, 36), roof=2)
    front = case.edges[1]
    parts.append(Part(inset(front, (0.06, 0.94), (0.02, 0.98)), (22, 24, 24)))
    for number, colour in enumerate(SIGNALS):
        centre, lit = top - (number + 0.5) * height_m / 3, number == state
        radius = 0.125 * height_m
        ring = tuple(
            (0.15, -radius * cos(2 * pi * i / 12), centre + radius * sin(2 * pi * i / 12))
            for i in range(12)
        )
        shown = colour if lit else dim(colour, 0.24)
        parts.append(Part(ring, shown, emits=lit, glow=lit))
    return parts


def fixture(thing: Fixture, lamps: bool) -> list[Part]:
    """The parts of one fixture."""
    top = thing.height_m
    if thing.kind == "tree":
        return list(_tree(top, thing.style))
    pole = [Part(((0.0, 0.0, 0.0), (0.0, 0.0, top)), POLE, 0.06)]
    if thing.kind == "pole":
        return pole
    reach = -1.6 if thing.x_m > 0 else 1.6
    head: tuple[Point, Point] = ((0.0, reach, top + 0.1), (0.0, 0.6 * reach, top + 0.1))
    colour = (255, 236, 190) if lamps else (206, 206, 200)
    arm = Part(((0.0, 0.0, top), (0.0, reach, top + 0.2)), POLE, 0.045)
    return [*pole, arm, Part(head, colour, 0.07, emits=lamps, glow=lamps)]


def _tree(top: float, style: int) -> Iterator[Part]:
    leaves = GREENS[style % 4]
    yield Part(((0.0, 0.0, 0.0), (0.0, 0.05, 0.55 * top)), (76, 60, 46), 0.028 * top)
    blobs = 9
    for blob in range(blobs):
        angle = 2.4 * blob + style
        spread = 0.17 * top * (blob % 3) / 2
        height = top * (0.52 + 0.36 * blob / blobs)
        place = (0.1, spread * cos(angle), height + 0.04 * top * sin(2 * angle))
        yield Part((place, place), dim(leaves, 0.78 + 0.05 * blob), top * (0.2 - 0.011 * blob))


def walls(house: Building) -> tuple[Points, Points]:
    """The wall along the road and the one across it: (4, 3) points x, height, z each.

    Corners are bottom near the road's start, bottom far, top far, top near.
    """
    x, start, end, top = house.x_m, house.start_m, house.end_m, house.height_m
    out = x + (14.0 if x > 0 else -14.0)
    along = ((x, 0.0, start), (x, 0.0, end), (x, top, end), (x, top, start))
    across = ((x, 0.0, start), (out, 0.0, start), (out, top, start), (x, top, start))
    return np.array(along), np.array(across)


def windows(wall: Points) -> NDArray[np.float64]:
    """(n, 4, 3) corners of the windows in a wall, in storeys of about 3 metres."""
    bottom, far, top = wall[0], wall[1] - wall[0], wall[3] - wall[0]
    storeys = max(2, int(np.linalg.norm(top) / 3.2))
    columns = max(2, int(np.linalg.norm(far) / 2.6))
    s = (np.arange(columns)[None, :, None] + np.array((0.25, 0.75, 0.75, 0.25))) / columns
    t = (np.arange(storeys)[:, None, None] + np.array((0.3, 0.3, 0.8, 0.8))) / storeys
    s, t = np.broadcast_arrays(s, t)
    panes = bottom + s[..., None] * far + t[..., None] * top
    return np.asarray(panes.reshape(-1, 4, 3))
