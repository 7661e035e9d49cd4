"""The Pareto front."""

from hypothesis import given
from hypothesis import strategies as st

from sdvbench.report.pareto import front


def test_by_hand():
    assert front([(1, 5), (2, 3), (3, 3), (4, 1), (4, 6)]) == [0, 1, 3]
    assert front([(1, 1), (1, 1)]) == [0, 1]
    assert front([]) == []


def beats(one, other):
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3)))
def test_nobody_on_it_is_beaten_and_everybody_else_is_by_one_on_it(points):
    found = [points[place] for place in front(points)]
    assert not any(beats(other, point) for point in found for other in points)
    rest = [point for place, point in enumerate(points) if place not in front(points)]
    assert all(any(beats(one, point) for one in found) for point in rest)
