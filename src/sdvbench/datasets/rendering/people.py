"""Pedestrians and cyclists out of round limbs, so that they look right from every side."""

from math import cos, pi, sin

from sdvbench.datasets.rendering.light import Colour
from sdvbench.datasets.rendering.parts import Part, Point, dim

SKINS: tuple[Colour, ...] = ((236, 196, 168), (198, 150, 116), (142, 98, 70), (96, 66, 48))
HAIRS: tuple[Colour, ...] = ((48, 36, 28), (110, 78, 44), (24, 22, 22), (160, 156, 150))
TROUSERS: tuple[Colour, ...] = ((44, 50, 72), (58, 56, 54), (96, 86, 70), (30, 32, 34))
SHOES: Colour = (36, 32, 30)


def pedestrian(height_m: float, colour: Colour, style: int, stride: float) -> list[Part]:
    """Someone on foot; ``stride`` is the phase of the step in radians."""
    h, swing = height_m, 0.13 * height_m * sin(stride)
    skin, hair, legs = SKINS[style % 4], HAIRS[style // 4 % 4], TROUSERS[style // 16 % 4]
    sleeve = dim(colour, 0.85)
    parts = []
    for side, forward in ((-1, swing), (1, -swing)):
        hip: Point = (0.0, side * 0.05 * h, 0.5 * h)
        knee: Point = (0.55 * forward + 0.015 * h, side * 0.055 * h, 0.28 * h)
        foot: Point = (forward, side * 0.055 * h, 0.055 * h)
        toe: Point = (forward + 0.075 * h, side * 0.06 * h, 0.026 * h)
        parts += [
            Part((hip, knee), legs, 0.05 * h, outline=True),
            Part((knee, foot), dim(legs, 0.9), 0.037 * h, outline=True),
            Part((foot, toe), SHOES, 0.026 * h, outline=True),
        ]
    parts.append(_arm(h, -1, -0.9 * swing, sleeve, skin))
    parts += [
        Part(((0.0, -0.06 * h, 0.53 * h), (0.0, -0.055 * h, 0.76 * h)), colour, 0.055 * h, True),
        Part(((0.0, 0.06 * h, 0.53 * h), (0.0, 0.055 * h, 0.76 * h)), colour, 0.055 * h, True),
        Part(((0.0, 0.0, 0.52 * h), (0.0, 0.0, 0.75 * h)), dim(colour, 1.06), 0.075 * h, True),
        Part(((0.0, 0.0, 0.8 * h), (0.0, 0.0, 0.87 * h)), skin, 0.03 * h, True),
    ]
    parts.append(_arm(h, 1, 0.9 * swing, sleeve, skin))
    if style % 3 == 0:  # a rucksack
        back: tuple[Point, ...] = ((-0.07 * h, 0.0, 0.6 * h), (-0.07 * h, 0.0, 0.74 * h))
        parts.append(Part(back, dim(legs, 1.5), 0.06 * h, True))
    return parts + _head(0.0, h, skin, hair)


def cyclist(height_m: float, colour: Colour, style: int, stride: float) -> list[Part]:
    """A rider on a bicycle, upright or leaning; ``stride`` is the phase of the pedals."""
    h = height_m
    skin, hair, legs = SKINS[style % 4], HAIRS[style // 4 % 4], TROUSERS[style // 16 % 4]
    frame = ((176, 34, 38), (32, 78, 150), (40, 42, 44), (206, 206, 200))[style // 2 % 4]
    axles = (-0.52, 0.52)
    saddle: Point = (-0.2, 0.0, 0.95)
    crank: Point = (-0.04, 0.0, 0.3)
    bars: Point = (0.4, 0.0, 1.02)
    parts = []
    for axle in axles:
        rim = [(axle + 0.33 * cos(2 * pi * i / 12), 0.0, 0.34 + 0.33 * sin(2 * pi * i / 12))
               for i in range(12)]  # fmt: skip
        ring = zip(rim, (*rim[1:], rim[0]), strict=True)
        parts += [Part(ends, (26, 26, 28), 0.02, outline=True) for ends in ring]
    joints = (
        (crank, saddle), (crank, (0.36, 0.0, 0.86)), (saddle, (0.36, 0.0, 0.86)),
        ((-0.52, 0.0, 0.34), crank), ((-0.52, 0.0, 0.34), saddle), ((0.52, 0.0, 0.34), bars),
    )  # fmt: skip
    parts += [Part(ends, frame, 0.018, outline=True) for ends in joints]
    parts.append(Part(((0.4, -0.24, 1.02), (0.4, 0.24, 1.02)), (30, 30, 32), 0.017, outline=True))
    shoulder: Point = (0.12, 0.0, 0.95 + 0.29 * h)
    hip: Point = (-0.2, 0.0, 1.0)
    for side in (-1, 1):
        turn = stride + (pi if side > 0 else 0.0)
        pedal: Point = (-0.04 + 0.16 * cos(turn), side * 0.12, 0.3 + 0.16 * sin(turn))
        knee: Point = (0.5 * (hip[0] + pedal[0]) + 0.2, side * 0.11, 0.5 * (1.02 + pedal[2]) + 0.06)
        parts += [
            Part(((hip[0], side * 0.09, hip[2]), knee), legs, 0.075, outline=True),
            Part((knee, pedal), dim(legs, 0.9), 0.055, outline=True),
            Part((pedal, (pedal[0] + 0.12, pedal[1], pedal[2])), SHOES, 0.04, outline=True),
        ]
        reach: Point = (0.4, side * 0.2, 1.06)
        hand: tuple[Point, Point] = ((shoulder[0], side * 0.17, shoulder[2] - 0.04), reach)
        parts.append(Part(hand, dim(colour, 0.85), 0.045, outline=True))
    for side in (-1, 1):
        spine = ((hip[0], side * 0.07, hip[2] + 0.05), (shoulder[0], side * 0.09, shoulder[2]))
        parts.append(Part(spine, colour, 0.105, outline=True))
    parts += _head(shoulder[0] + 0.1, shoulder[2] + 0.36, skin, hair)
    if style % 2:  # a helmet
        top: tuple[Point, ...] = ((shoulder[0] + 0.05, 0.0, shoulder[2] + 0.31),
                                  (shoulder[0] + 0.16, 0.0, shoulder[2] + 0.31))  # fmt: skip
        parts.append(Part(top, (210, 210, 60) if style % 4 == 1 else (230, 232, 236), 0.1, True))
    return parts


def _arm(h: float, side: int, forward: float, sleeve: Colour, skin: Colour) -> Part:
    shoulder: Point = (0.0, side * 0.115 * h, 0.775 * h)
    hand: Point = (forward, side * 0.135 * h, 0.45 * h)
    return Part((shoulder, hand), sleeve, 0.033 * h, outline=True)


def _head(forward: float, h: float, skin: Colour, hair: Colour) -> list[Part]:
    radius = 0.105
    centre: Point = (forward, 0.0, h - radius - 0.035)
    face: Point = (forward + 0.03, 0.0, h - radius - 0.07)
    crown: Point = (forward - 0.03, 0.0, h - radius)
    return [
        Part((centre, face), skin, 0.095, outline=True),
        Part((crown, crown), hair, radius, outline=True),
        Part((face, (forward + 0.06, 0.0, h - radius - 0.09)), skin, 0.07, outline=True),
    ]
