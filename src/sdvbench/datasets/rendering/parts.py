"""The pieces that bodies are made of, in a body's own frame: forward, right, up, in metres."""

from collections.abc import Sequence
from typing import NamedTuple

from sdvbench.datasets.rendering.light import Colour

Point = tuple[float, float, float]


class Part(NamedTuple):
    """A flat polygon, or a limb: two ends with a radius, round at both.

    Polygons list their corners counter-clockwise as seen from outside; seen from behind they are
    not drawn. ``outline`` parts make up the silhouette; the others lie within it.
    """

    points: tuple[Point, ...]
    colour: Colour
    radius_m: float = 0.0
    outline: bool = False
    emits: bool = False
    glow: bool = False


class Prism(NamedTuple):
    """The outer faces of a solid: left and right side, then one quad for each edge of the profile.

    Each quad lists bottom left, bottom right, top right, top left as seen from outside.
    """

    right: tuple[Point, ...]
    left: tuple[Point, ...]
    edges: tuple[tuple[Point, ...], ...]

    def parts(self, colour: Colour, roof: int) -> list[Part]:
        """The faces, sides darker than the ends, the edge number ``roof`` lighter."""
        made = [Part(face, dim(colour, 0.86), outline=True) for face in (self.right, self.left)]
        for number, quad in enumerate(self.edges):
            made.append(Part(quad, dim(colour, 1.12 if number == roof else 0.97), outline=True))
        return made


def prism(profile: Sequence[tuple[float, float]], half_widths: Sequence[float]) -> Prism:
    """A solid from its side view.

    profile: corners (forward, up), convex, counter-clockwise as seen from the right.
    half_widths: half the width at each corner, so that a cabin can taper.
    """
    right = tuple((f, w, u) for (f, u), w in zip(profile, half_widths, strict=True))
    left = tuple((f, -w, u) for f, w, u in right)
    after = (*right[1:], right[0])
    edges = tuple(
        ((f2, -w2, u2), (f2, w2, u2), (f1, w1, u1), (f1, -w1, u1))
        for (f1, w1, u1), (f2, w2, u2) in zip(right, after, strict=True)
    )
    return Prism(right, tuple(reversed(left)), edges)


def inset(
    quad: Sequence[Point], across: tuple[float, float], up: tuple[float, float]
) -> tuple[Point, ...]:
    """A smaller quad on a quad (bottom left, bottom right, top right, top left), by fractions."""
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2), (x3, y3, z3) = quad

    def at(s: float, t: float) -> Point:
        a, b, c, d = (1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t
        return (
            a * x0 + b * x1 + c * x2 + d * x3,
            a * y0 + b * y1 + c * y2 + d * y3,
            a * z0 + b * z1 + c * z2 + d * z3,
        )

    return at(across[0], up[0]), at(across[1], up[0]), at(across[1], up[1]), at(across[0], up[1])


def dim(colour: Colour, factor: float) -> Colour:
    """The colour times a factor; drawing saturates what exceeds 255."""
    red, green, blue = colour
    return red * factor, green * factor, blue * factor
