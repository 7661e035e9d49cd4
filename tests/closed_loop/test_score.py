"""Trips whose scores are known."""

import numpy as np
import pytest

from sdvbench.closed_loop.loop import drive
from sdvbench.closed_loop.score import jderobot_mae, score
from sdvbench.simulators.base import Command
from tests.closed_loop.straight import LENGTH_M, Straight


def straight_on(image: np.ndarray) -> Command:
    return Command(10.0, 0.0)


def test_beside_the_centre_line() -> None:
    """Seed 3 starts 0.3 m aside, and nothing changes that."""
    simulator = Straight()
    found = score(drive(simulator, straight_on, [0.02], seed=3), simulator.road)
    assert found.deviation_mean_m == pytest.approx(0.3)
    assert found.deviation_max_m == pytest.approx(0.3)
    assert found.deviation_total_m == pytest.approx(0.3 * LENGTH_M, rel=0.01)
    assert found.deviation_per_km_m == pytest.approx(300)
    assert found.jderobot_mae == pytest.approx(1000**0.3, rel=0.01)
    assert found.completed == 1
    assert found.failed_s is None
    assert found.speed_mps == pytest.approx(10)
    assert found.frequency_hz == pytest.approx(50)
    assert found.decisions_hz == pytest.approx(20, rel=0.02)
    assert found.inference_ms == pytest.approx(20)
    assert found.turn_change_radps == 0


def test_perfect_by_jderobot() -> None:
    simulator = Straight()
    assert jderobot_mae(drive(simulator, straight_on, [0.0]), simulator.road) == pytest.approx(1)


def test_road_that_was_not_driven_counts_as_the_half_width() -> None:
    simulator = Straight(half_width_m=2.0)
    trip = drive(simulator, lambda image: Command(10.0, 0.3), [0.0])
    found = score(trip, simulator.road)
    assert trip.end == "off the lane"
    assert found.failed_s == pytest.approx(trip.truths[-1].time_s)
    driven = found.distance_m
    assert 0 < driven < 40
    expected = (found.deviation_total_m + 2.0 * (LENGTH_M - driven)) / LENGTH_M
    assert found.deviation_mean_m == pytest.approx(expected)
    assert found.completed == pytest.approx(driven / LENGTH_M)


def test_leaving_later_is_better() -> None:
    simulator = Straight()

    def found(turn: float) -> float:
        trip = drive(simulator, lambda image: Command(10.0, turn), [0.0])
        return score(trip, simulator.road).deviation_mean_m

    assert found(0.05) < found(0.1) < found(0.2)


def test_changes_of_commands() -> None:
    simulator, turns = Straight(), iter(np.tile([0.01, -0.01], 500))
    trip = drive(simulator, lambda image: Command(10.0, float(next(turns))), [0.0])
    found = score(trip, simulator.road)
    assert found.turn_change_radps == pytest.approx(0.02)
    assert found.speed_change_mps == 0


def test_first_and_last_ten_calls_are_left_out() -> None:
    simulator = Straight()
    trip = drive(simulator, straight_on, [0.04] * 10 + [0.02] * 1000)
    found = score(trip, simulator.road)
    assert found.inference_ms == pytest.approx(20)
    assert found.frequency_hz < 1 / 0.02
