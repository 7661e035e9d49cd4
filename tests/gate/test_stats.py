"""Paired estimates: what must hold for any traces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import beta

from sdvbench.gate.stats import (
    false_discovery,
    fast_ratio,
    median_ratio,
    share_interval,
)

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


def test_the_interval_holds_what_one_loading_says_alone():
    rng = np.random.default_rng(0)
    apart = [rng.normal(bias, 0.001, rounds) for bias, rounds in ((0.0, 30), (0.05, 20))]
    assert median_ratio(*apart).low < 1.002
    assert median_ratio(*apart).high > np.exp(0.048)


def test_the_interval_over_loadings_covers_the_truth_less_often_than_it_says():
    rng = np.random.default_rng(1)
    covered = {2: 0, 4: 0}
    for trial in range(200):
        biases = rng.normal(0.05, 0.01, 4)
        loadings = [rng.normal(bias, 0.01, 30) for bias in biases]
        for count in covered:
            ratio = median_ratio(*loadings[:count], seed=trial)
            covered[count] += ratio.low <= np.exp(0.05) <= ratio.high
    assert 100 <= covered[2] < covered[4] < 190


@pytest.mark.parametrize("loadings", [(), ([],), ([np.nan],), ([0.0, np.inf],), ([0.0], [])])
def test_empty_and_nan_are_errors(loadings):
    with pytest.raises(ValueError, match="finite and not empty"):
        median_ratio(*map(np.array, loadings))


SECONDS = arrays(np.float64, 30, elements=st.floats(0.001, 10))


@given(SECONDS, SECONDS, st.floats(0.01, 100))
def test_the_fast_ratio_does_not_depend_on_the_unit_and_swaps(a, b, scale):
    ratio, pair = fast_ratio(np.stack((a, b))), np.stack((b, a))
    scaled, swapped = fast_ratio(scale * pair[::-1]), fast_ratio(pair)
    assert (scaled.value, scaled.low) == pytest.approx((ratio.value, ratio.low))
    assert (swapped.value, swapped.low) == pytest.approx((1 / ratio.value, 1 / ratio.high))


def test_the_fast_ratio_ignores_what_lengthens_single_calls():
    rng = np.random.default_rng(0)
    stalls = np.where(rng.random(60) < 0.3, 5.0, 0.0)
    ratio = fast_ratio(np.stack((1.05 + stalls, np.ones(60))))
    assert ratio.value == pytest.approx(1.05)


@pytest.mark.parametrize("bad", [[], [np.nan] * 9, [np.inf] * 9, [1.0, 1.0]])
def test_no_fast_ratio_of_nonsense(bad):
    with pytest.raises(ValueError, match="finite and not empty"):
        fast_ratio(np.array([bad, bad]))


P_VALUES = st.lists(st.floats(0, 1), max_size=30)


@given(P_VALUES, st.floats(0.001, 0.5))
def test_false_discovery_lies_between_bonferroni_and_none(p, rate):
    found = false_discovery(p, rate)
    for value, is_found in zip(p, found, strict=True):
        assert is_found or value > rate / len(p) * (1 - 1e-9)
        assert not is_found or value <= rate
    if len(p):
        assert found[int(np.argmin(p))] == found.any()


def test_benjamini_s_and_hochberg_s_own_example():
    # Benjamini and Hochberg 1995, section 3: 15 p-values, four findings at 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert false_discovery(p, 0.05).tolist() == [True] * 4 + [False] * 11


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # Published tables; of none the high end is 1 - 0.025 ** (1 / total).
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (0, 300, 0.0, 0.01222)],
)
def test_shares_by_clopper_and_pearson(count, total, low, high):
    assert share_interval(count, total) == pytest.approx((low, high), abs=5e-5)


COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_the_interval_of_a_share_is_beta_s(counts):
    count, total = counts
    low, high = share_interval(count, total)
    assert low <= count / total <= high
    tail, n = 0.025, total
    if count:
        assert low == pytest.approx(beta.ppf(tail, count, n - count + 1), abs=1e-8)
    if count < total:
        assert high == pytest.approx(beta.ppf(1 - tail, count + 1, n - count), abs=1e-8)


@pytest.mark.parametrize(("count", "total"), [(2, 1), (0, 0), (-1, 5)])
def test_shares_of_nonsense(count, total):
    with pytest.raises(ValueError, match="no share"):
        share_interval(count, total)
