"""Means over images, and intervals of what is lost of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError
from sdvbench.metrics.accuracy import Mean, Resampled, accuracy


def scored(values):
    """Detections that are the values themselves."""
    return SimpleNamespace(predictions=values, samples=range(len(values)))


def given_values(detections, samples):
    return detections


MEAN = Mean("x", given_values, "higher")
RANDOM = np.random.default_rng(0)


def test_the_figure_is_the_mean_without_images_that_say_nothing():
    assert MEAN.value(scored([1.0, 2.0, np.nan, 6.0])) == 3.0


def test_what_both_find_hard_cancels():
    hard = RANDOM.uniform(0, 1, 200)
    low, high = MEAN.loss_interval(scored(hard), scored(hard - 0.01), 1)
    assert (low, high) == pytest.approx((0.01, 0.01)), "and so leaves nothing to doubt"
    noisy = hard - 0.01 + RANDOM.normal(0, 0.01, 200)
    low, high = MEAN.loss_interval(scored(hard), scored(noisy), 1)
    assert 0.005 < low < 0.01 < high < 0.015
    assert high - low == pytest.approx(2 * 1.96 * 0.01 / 200**0.5, rel=0.2)


def test_where_less_is_better_a_loss_is_what_is_more():
    less = Mean("x", given_values, "lower")
    better, worse = scored([1.0, 2.0]), scored([1.5, 2.5])
    assert less.loss_interval(better, worse, 1) == (0.5, 0.5)
    assert MEAN.loss_interval(better, worse, 1) == (-0.5, -0.5)


@given(st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=1, max_size=30))
def test_the_interval_holds_the_loss_of_no_resample_beyond_the_extremes(pairs):
    before, after = np.array(pairs).T
    low, high = MEAN.loss_interval(scored(before), scored(after), 1)
    losses = before - after
    assert losses.min() - 1e-6 <= low <= high <= losses.max() + 1e-6


@pytest.mark.parametrize(
    "values", [[[1.0, 2.0]], [np.nan, np.nan], [1.0, np.inf], []], ids=["2d", "nan", "inf", "none"]
)
def test_values_that_are_none_are_refused_with_the_metric_s_name(values):
    wrong = Mean("x", lambda *_: values, "higher")
    with pytest.raises(
        MeasurementError, match=r"metric 'x': gave .* Let it give a number an image"
    ):
        wrong.value(scored([0.0, 0.0]))


def test_images_that_say_nothing_of_one_engine_only_are_refused():
    with pytest.raises(MeasurementError, match=r"metric 'x': is NaN for an image of one engine"):
        MEAN.loss_interval(scored([1.0, np.nan]), scored([1.0, 2.0]), 1)


def test_a_metric_may_bring_its_own_resampler():
    own = Resampled(len, lambda reference, scored, classes: (0.0, float(classes)))
    metric = accuracy("mine", "of mine", own, "lower")
    assert metric.scores.value([1, 2]) == 2
    assert metric.scores.loss_interval([], [], 3) == (0.0, 3.0)
    assert [value.better for value in metric.values] == ["lower", "lower"]
    assert metric.loss == "mine_drop"
