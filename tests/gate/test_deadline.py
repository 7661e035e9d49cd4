"""Verdicts on shares of missed deadlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.gate.deadline import GATE, frames_without_miss, judge_misses
from sdvbench.gate.verdict import Status
from sdvbench.session.settings import Settings


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


@given(st.floats(0.002, 0.5))
def test_so_many_frames_without_a_miss_pass_and_one_less_does_not(limit):
    frames = frames_without_miss(limit)
    assert judge_misses(0, frames, limit).status is Status.PASS
    fewer = judge_misses(0, frames - 1, limit)
    assert fewer.status is Status.INCONCLUSIVE
    assert f"PASS takes {frames} frames without a miss" in fewer.reason


def test_the_gate_that_is_suggested_can_pass():
    limit = float(GATE.rpartition(" ")[2])
    assert judge_misses(0, Settings().frames, limit).status is Status.PASS
