"""Paired estimates: what must hold for any traces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sdvbench.gate.stats import median_ratio

LOGS = arrays(np.float64, st.integers(1, 60), elements=st.floats(-3, 3))


@given(LOGS)
def test_interval_holds_the_value(logs):
    ratio = median_ratio(logs)
    assert 0 < ratio.low <= ratio.value <= ratio.high


@given(LOGS)
def test_swapping_the_arms_inverts_the_ratio(logs):
    ratio, swapped = median_ratio(logs), median_ratio(-logs)
    assert swapped.value == pytest.approx(1 / ratio.value)
    assert swapped.low == pytest.approx(1 / ratio.high)


@given(LOGS, st.floats(-2, 2))
def test_a_slower_candidate_moves_the_whole_interval(logs, shift):
    ratio, moved = median_ratio(logs), median_ratio(logs + shift)
    assert moved.value == pytest.approx(ratio.value * np.exp(shift))
    assert moved.high == pytest.approx(ratio.high * np.exp(shift))


def test_constant_ratios_have_no_spread():
    ratio = median_ratio(np.full(20, np.log(1.05)))
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((1.05, 1.05, 1.05))


def test_one_stall_changes_nothing():
    logs = np.zeros(30)
    logs[7] = 5.0
    assert median_ratio(logs).high == 1.0


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        ratio = median_ratio(rng.normal(0.05, 0.03, 40), seed=trial)
        covered += ratio.low <= np.exp(0.05) <= ratio.high
    assert covered >= 180  # 95 % of 200 is 190; 180 is more than three standard errors below


@pytest.mark.parametrize("logs", [[], [np.nan], [0.0, np.inf]])
def test_empty_and_nan_are_errors(logs):
    with pytest.raises(ValueError, match="finite and not empty"):
        median_ratio(np.array(logs))
