"""Verdicts at and beside their limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Status, judge_limits, judge_pair, judge_stored, two_sided

RATIOS = st.tuples(*[st.floats(0.5, 2.0)] * 3).map(lambda t: Estimate(*_ordered(t)))


def _ordered(three):
    low, value, high = sorted(three)
    return value, low, high


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (Estimate(1.00, 0.99, 1.01), Status.PASS),
        (Estimate(1.02, 1.01, 1.03), Status.PASS),  # real, but within half the tolerance
        (Estimate(1.03, 1.01, 1.05), Status.FAIL),
        (Estimate(1.03, 0.99, 1.07), Status.INCONCLUSIVE),
        (Estimate(1.00, 0.90, 1.10), Status.INCONCLUSIVE),
        (Estimate(0.80, 0.79, 0.81), Status.PASS),
    ],
)
def test_a_pair_fails_beyond_half_the_tolerance(ratio, status):
    assert judge_pair(ratio, ratio, 0.05).status is status


def test_a_pair_is_unclear_where_its_estimates_disagree():
    slow, equal = Estimate(1.06, 1.05, 1.07), Estimate(1.0, 0.99, 1.01)
    for estimates in ((slow, equal), (equal, slow)):
        assert judge_pair(*estimates, 0.05).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (Estimate(1.00, 0.99, 1.01), Status.PASS),
        (Estimate(1.09, 1.08, 1.10), Status.PASS),
        (Estimate(1.20, 1.11, 1.30), Status.FAIL),
        (Estimate(1.20, 1.09, 1.30), Status.INCONCLUSIVE),
        (Estimate(1.05, 0.90, 1.20), Status.INCONCLUSIVE),
    ],
)
def test_a_stored_figure_fails_with_its_whole_interval(ratio, status):
    assert judge_stored(ratio, 0.10, "the latency").status is status


@given(RATIOS, st.floats(0.01, 0.5))
def test_what_fails_also_fails_when_slower(ratio, tolerance):
    slower = Estimate(ratio.value * 1.5, ratio.low * 1.5, ratio.high * 1.5)
    for verdict in (lambda r, t: judge_pair(r, r, t), lambda r, t: judge_stored(r, t, "x")):
        if verdict(ratio, tolerance).status is Status.FAIL:
            assert verdict(slower, tolerance).status is Status.FAIL


def test_the_reason_says_how_much_how_sure_and_against_what():
    verdict = judge_stored(Estimate(1.25, 1.2, 1.3), 0.1, "the latency accepted on 2026-01-02")
    assert verdict.reason == (
        "1.250 times the latency accepted on 2026-01-02 (95 % interval 1.200 to 1.300), "
        "tolerance 10 %"
    )
    assert verdict.change == "+25.0 %"


def test_limits_must_all_hold_and_nan_fails():
    limits = {"box_px": 1.0, "confidence": 0.1}
    assert judge_limits({"box_px": 1.0, "confidence": 0.1}, limits).status is Status.PASS
    assert judge_limits({"box_px": 1.1, "confidence": 0.0}, limits).status is Status.FAIL
    assert judge_limits({"box_px": float("nan"), "confidence": 0}, limits).status is Status.FAIL


@pytest.mark.parametrize(
    ("interval", "status"),
    [
        ((0.01, 0.04), Status.PASS),
        ((0.02, 0.06), Status.INCONCLUSIVE),
        ((0.06, 0.08), Status.FAIL),
    ],
)
def test_estimates_hold_or_break_a_limit_with_their_whole_interval(interval, status):
    value = sum(interval) / 2
    verdict = judge_limits({"map": value}, {"map": 0.05}, {"map": interval})
    assert verdict.status is status
    assert f"95 % interval {interval[0]} to {interval[1]}" in verdict.reason


@pytest.mark.parametrize(("value", "status"), [(0.9, "FAIL"), (1.0, "PASS"), (1.1, "FAIL")])
def test_a_control_fails_either_way(value, status):
    ratio = Estimate(value, value - 0.01, value + 0.01)
    assert two_sided(judge_pair(ratio, ratio, 0.05), 0.05).status == status
