"""Cars and trucks out of solids: body, cabin, windows, wheels, lights, number plates."""

from math import cos, pi, sin

from sdvbench.datasets.rendering.light import Colour
from sdvbench.datasets.rendering.parts import Part, Prism, dim, inset, prism

GLASS: Colour = (52, 62, 74)
TYRE: Colour = (24, 24, 26)
RIM: Colour = (142, 144, 148)
PLATE: Colour = (226, 226, 208)
TAIL: Colour = (176, 22, 24)
HEAD: Colour = (232, 232, 222)
TAIL_ON: Colour = (255, 70, 56)
HEAD_ON: Colour = (255, 250, 224)

RINGS = {
    corners: [(cos(2 * pi * i / corners), sin(2 * pi * i / corners)) for i in range(corners)]
    for corners in (8, 14)
}

# Side views as fractions of the length: where the cabin starts and ends, below and at the roof.
CABINS = (
    (-0.48, 0.24, 0.10, -0.40),  # hatchback
    (-0.38, 0.20, 0.07, -0.24),  # saloon
    (-0.49, 0.26, 0.14, -0.44),  # estate or sport utility
)


def car(
    length_m: float, width_m: float, height_m: float, colour: Colour, style: int, lamps: bool
) -> list[Part]:
    """A car of style 0 hatchback, 1 saloon, 2 estate; ``lamps``: its lights are on."""
    half, belt, floor = length_m / 2, 0.6 * height_m, 0.17 * height_m
    wide = width_m / 2
    body = prism(
        [(-half, floor), (half, floor), (half, 0.78 * belt), (0.42 * length_m, 0.9 * belt),
         (0.22 * length_m, belt), (-half, belt)],
        [wide] * 6,
    )  # fmt: skip
    rear, front, roof_front, roof_rear = (length_m * x for x in CABINS[style])
    cabin = prism(
        [(rear, belt), (front, belt), (roof_front, height_m), (roof_rear, height_m)],
        [0.95 * wide, 0.95 * wide, 0.76 * wide, 0.76 * wide],
    )
    wheel_m = 0.215 * height_m
    parts = _tyres(half, wide, wheel_m, floor)
    parts += body.parts(colour, roof=4)
    parts += _wheels((-0.3 * length_m, 0.31 * length_m), wide, wheel_m)
    tail, nose = body.edges[5], body.edges[1]
    parts += _lights(tail, TAIL_ON if lamps else TAIL, (0.55, 0.85), 0.2, lamps)
    parts += [
        Part(inset(tail, (0.0, 1.0), (0.0, 0.22)), dim(colour, 0.45)),
        Part(inset(tail, (0.36, 0.64), (0.32, 0.5)), PLATE),
        Part(inset(nose, (0.0, 1.0), (0.0, 0.2)), dim(colour, 0.4)),
        Part(inset(nose, (0.26, 0.74), (0.3, 0.72)), (34, 34, 36)),
        Part(inset(nose, (0.37, 0.63), (0.2, 0.38)), PLATE),
    ]
    parts += _lights(nose, HEAD_ON if lamps else HEAD, (0.5, 0.95), 0.22, lamps)
    parts += cabin.parts(colour, roof=2)
    for pane in (cabin.right, tuple(cabin.left[corner] for corner in (2, 3, 0, 1))):
        parts += [
            Part(inset(pane, (0.07, 0.47), (0.12, 0.86)), GLASS),
            Part(inset(pane, (0.53, 0.93), (0.12, 0.86)), GLASS),
        ]
    parts += [
        Part(inset(cabin.edges[3], (0.08, 0.92), (0.15, 0.88)), GLASS),
        Part(inset(cabin.edges[1], (0.05, 0.95), (0.06, 0.92)), GLASS),
        Part(inset(cabin.edges[1], (0.1, 0.4), (0.5, 0.9)), (96, 110, 124)),
    ]
    return parts


def truck(
    length_m: float, width_m: float, height_m: float, colour: Colour, style: int, lamps: bool
) -> list[list[Part]]:
    """A lorry as two solids, cab and box; the painter draws the farther one first.

    style: 0 a light box, 1 a box of the cab's colour, 2 a dark one.
    """
    half, wide = length_m / 2, width_m / 2
    cab_m, cab_top = 2.1, min(0.82 * height_m, 2.9)
    back = half - cab_m
    cab = prism(
        [(back, 0.45), (half, 0.45), (half, 0.5 * cab_top), (half - 0.25, cab_top),
         (back, cab_top)],
        [wide] * 5,
    )  # fmt: skip
    load = prism(
        [(-half, 0.85), (back - 0.25, 0.85), (back - 0.25, height_m), (-half, height_m)],
        [wide] * 4,
    )
    paint = ((222, 224, 222), colour, (74, 82, 96))[style]
    return [
        _cab(cab, colour, half, wide, lamps),
        _load(load, paint, length_m, wide, lamps),
    ]


def _cab(cab: Prism, colour: Colour, half: float, wide: float, lamps: bool) -> list[Part]:
    nose, screen = cab.edges[1], cab.edges[2]
    parts = _tyres(half, wide, 0.5, 0.6, ends=(1,))
    parts += cab.parts(colour, roof=3)
    parts += _wheels((half - 1.1,), wide, 0.5)
    parts += [
        Part(inset(screen, (0.05, 0.95), (0.08, 0.8)), GLASS),
        Part(inset(screen, (0.1, 0.4), (0.45, 0.76)), (96, 110, 124)),
        Part(inset(nose, (0.2, 0.8), (0.35, 0.85)), (40, 40, 42)),
        Part(inset(nose, (0.38, 0.62), (0.1, 0.28)), PLATE),
    ]
    parts += _lights(nose, HEAD_ON if lamps else HEAD, (0.1, 0.4), 0.16, lamps)
    low, high = cab.edges[1][0][2] + 0.95, cab.edges[3][0][2] - 0.25
    front, rear = half - 0.25, half - 1.3
    right = ((rear, wide, low), (front, wide, low), (front, wide, high), (rear, wide, high))
    return [*parts, Part(right, GLASS), Part(_mirrored(right), GLASS)]


def _load(load: Prism, paint: Colour, length_m: float, wide: float, lamps: bool) -> list[Part]:
    half, door = length_m / 2, load.edges[3]
    chassis = prism([(-half, 0.55), (half - 2.4, 0.55), (half - 2.4, 0.86), (-half, 0.86)],
                    [0.9 * wide] * 4)  # fmt: skip
    parts = _tyres(half, wide, 0.5, 0.7, ends=(-1,))
    parts += chassis.parts((44, 44, 48), roof=2)
    parts += _wheels((-half + 1.1, -half + 2.2), wide, 0.5)
    parts += _lights(chassis.edges[3], TAIL_ON if lamps else TAIL, (0.2, 0.8), 0.14, lamps)
    parts += [Part(inset(chassis.edges[3], (0.42, 0.58), (0.15, 0.85)), PLATE)]
    parts += load.parts(paint, roof=2)
    parts += [
        Part(inset(door, (0.49, 0.51), (0.02, 0.98)), dim(paint, 0.5)),
        Part(inset(door, (0.3, 0.32), (0.04, 0.96)), dim(paint, 0.7)),
        Part(inset(door, (0.68, 0.7), (0.04, 0.96)), dim(paint, 0.7)),
        Part(inset(door, (0.0, 1.0), (0.0, 0.03)), dim(paint, 0.45)),
    ]
    band = inset(load.right, (0.08, 0.92), (0.3, 0.62))
    return [*parts, Part(band, dim(paint, 0.72)), Part(_mirrored(band), dim(paint, 0.72))]


def _wheels(places_m: tuple[float, ...], wide: float, radius_m: float) -> list[Part]:
    parts = []
    for place in places_m:
        for radius, colour, ring in ((radius_m, TYRE, RINGS[14]), (0.58 * radius_m, RIM, RINGS[8])):
            circle = tuple((place + radius * c, wide, radius_m + radius * s) for c, s in ring)
            outline = colour is TYRE
            parts.append(Part(circle, colour, outline=outline))
            parts.append(Part(_mirrored(circle), colour, outline=outline))
    return parts


def _tyres(
    half: float, wide: float, radius_m: float, top_m: float, ends: tuple[int, ...] = (-1, 1)
) -> list[Part]:
    """The treads seen from behind (end -1) or from the front (1), below the bumper."""
    parts = []
    for end in ends:
        at = end * (half - 2 * radius_m)
        for right in (wide - 0.26, -wide):
            tread = [(at, right, 0.0), (at, right + 0.26, 0.0), (at, right + 0.26, top_m),
                     (at, right, top_m)]  # fmt: skip
            corners = tread if end < 0 else [tread[i] for i in (1, 0, 3, 2)]
            parts.append(Part(tuple(corners), TYRE, outline=True))
    return parts


def _lights(
    quad: tuple[tuple[float, float, float], ...],
    colour: Colour,
    up: tuple[float, float],
    size: float,
    lamps: bool,
) -> list[Part]:
    sides = ((0.03, size), (1 - size, 0.97))
    return [Part(inset(quad, across, up), colour, emits=lamps, glow=lamps) for across in sides]


def _mirrored(
    polygon: tuple[tuple[float, float, float], ...],
) -> tuple[tuple[float, float, float], ...]:
    return tuple((f, -r, u) for f, r, u in reversed(polygon))
