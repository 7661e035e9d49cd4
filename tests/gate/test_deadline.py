"""Verdicts on shares of missed deadlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.gate.deadline import judge_misses
from sdvbench.gate.verdict import Status


@pytest.mark.parametrize(
    ("misses", "frames", "limit", "status"),
    [
        (0, 368, 0.01, Status.PASS),
        (0, 367, 0.01, Status.INCONCLUSIVE),
        (3, 300, 0.01, Status.INCONCLUSIVE),
        (9, 300, 0.01, Status.FAIL),
        (300, 300, 0.5, Status.FAIL),
        (0, 300, None, Status.UNGATED),
    ],
)
def test_the_whole_interval_decides(misses, frames, limit, status):
    verdict = judge_misses(misses, frames, limit)
    assert verdict.status is status
    assert (f"{misses} of {frames} frames" in verdict.reason) == (limit is not None)


@given(st.integers(0, 199), st.floats(0.001, 0.5))
def test_a_miss_more_is_never_better(misses, limit):
    order = [Status.PASS, Status.INCONCLUSIVE, Status.FAIL]
    first, more = (order.index(judge_misses(m, 200, limit).status) for m in (misses, misses + 1))
    assert first <= more
