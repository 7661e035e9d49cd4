"""The Pareto front: what no other point beats in everything."""

from collections.abc import Sequence


def front(points: Sequence[Sequence[float]]) -> list[int]:
    """Positions of the points to which none is at least as low everywhere and lower somewhere.

    points: (N, K), of which every value is a cost. Equal points are all in it, or none is.
    """
    return [
        place
        for place, point in enumerate(points)
        if not any(_beats(other, point) for other in points)
    ]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
