"""The latency at which a driver leaves its lane."""

import math

import numpy as np
import pytest

from sdvbench.closed_loop.delays import curve, told
from sdvbench.closed_loop.loop import drive
from sdvbench.errors import OptionError
from sdvbench.simulators.base import Command
from tests.closed_loop.straight import Straight


class Nervous(Straight):
    """A driver who steers hard for the middle, which late commands make swing ever further."""

    def teacher(self) -> Command:
        turn = -3.0 * (self._y + 0.5 * 10 * self._heading)
        return Command(10.0, max(-3.0, min(3.0, turn)))


class Steady:
    def decide(self, image: np.ndarray) -> Command:
        return Command(10.0, 0.0)


def test_failing_latency_is_where_trips_begin_to_fail() -> None:
    simulator, seen = Nervous(half_width_m=1.0), []

    def decide(image: np.ndarray) -> Command:
        return simulator.teacher()

    found = curve(simulator, decide, 2, seen.append)
    assert sorted(seen, key=lambda point: point.latency_s) == list(found.points)
    assert found.failing_s is not None
    for point in found.points:
        assert point.all_arrived == (point.latency_s < found.failing_s)
    ends = [
        {drive(simulator, decide, [late_s], seed).end for seed in range(2)}
        for late_s in (found.failing_s - Straight.tick_s, found.failing_s)
    ]
    assert ends[0] == {"arrived"}
    assert "off the lane" in ends[1]


def test_nobody_fails_who_need_not_steer() -> None:
    found = curve(Straight(), Steady().decide, 2)
    assert found.failing_s is None
    assert math.isclose(found.points[-1].latency_s, 2.0)
    assert told(found.points[1]).startswith("   50 ms: 2 of 2 arrived, deviation 0.050 m")


def test_one_that_fails_at_once() -> None:
    found = curve(Straight(), lambda image: Command(10.0, 1.0), 2)
    assert found.failing_s == 0
    assert len(found.points) == 1


def test_one_trip_is_refused() -> None:
    with pytest.raises(OptionError, match="--trips 1"):
        curve(Straight(), lambda image: Command(10.0, 0.0), 1)
