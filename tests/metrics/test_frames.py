"""Errors over frames: growth, and intervals that stretches of frames decide."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError
from sdvbench.metrics import named
from sdvbench.metrics.frames import ratio_interval
from sdvbench.metrics.mae import MAE
from sdvbench.metrics.mse import MSE

RANDOM = np.random.default_rng(0)


def scored(errors):
    return SimpleNamespace(errors=np.asarray(errors, np.float64))


def test_they_are_of_driving_and_have_limits():
    assert named("mse") is MSE
    assert named("mae") is MAE
    assert {MSE.task, MAE.task} == {"driving"}
    assert MSE.limited == {"mse_growth": "growth of the mean squared error"}


@given(st.integers(1, 300), st.floats(0.5, 2))
def test_errors_that_all_grow_alike_leave_no_doubt(count, factor):
    errors = RANDOM.normal(0, 0.1, (count, 2))
    for metric, growth in ((MSE, factor**2 - 1), (MAE, factor - 1)):
        before, after = scored(errors), scored(errors * factor)
        told = metric.lost(metric.scores.value(before), metric.scores.value(after))
        assert told == pytest.approx(growth, abs=1e-9)
        interval = metric.scores.loss_interval(before, after, 0)
        assert interval == pytest.approx((growth, growth), abs=1e-9)


def test_the_interval_holds_the_figure_and_narrows_with_more_frames():
    widths = []
    for count in (200, 20000):
        found = scored(RANDOM.normal(0, 0.1, (count, 2)))
        low, high = MSE.interval(found)
        assert low < MSE.scores.value(found) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5


def test_frames_that_resemble_one_another_count_less():
    alone = RANDOM.exponential(1, 400)
    low, high = ratio_interval(alone, np.ones(400))
    alike = np.repeat(RANDOM.exponential(1, 20), 20)
    wide_low, wide_high = ratio_interval(alike, np.ones(400))
    assert wide_high - wide_low > 2 * (high - low)


def test_the_truth_is_inside_about_as_often_as_it_should():
    inside = 0
    for _ in range(100):
        low, high = ratio_interval(RANDOM.exponential(1, 1000), np.ones(1000))
        inside += low <= 1 <= high
    assert inside >= 85


def test_of_one_frame_the_interval_is_the_figure():
    assert ratio_interval(np.array([3.0]), np.array([2.0])) == (1.5, 1.5)


def test_growth_of_nothing_is_refused():
    assert MSE.lost(0.2, 0.1) == pytest.approx(-0.5)
    with pytest.raises(MeasurementError, match="metric 'mse': is 0 for the reference"):
        MSE.lost(0.0, 0.1)
