"""The teacher drives back to the centre line, and slowly where the road bends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.simulators.metadrive.worker.teacher import LATERAL_MPS2, Limits, Teacher
from tests.simulators.metadrive.lanes import left_bend

LIMITS = Limits(6.0, 15.0, 1.0)


def asked(x, y, heading):
    route = left_bend()
    return Teacher(route, LIMITS).command(route.locate(x, y), (x, y), heading)


def test_on_the_line_it_drives_straight_on():
    assert asked(15.0, 0.0, 0.0)[1] == pytest.approx(0, abs=1e-12)


@given(st.floats(0.01, 1.5), st.floats(-0.1, 0.1))
def test_it_steers_back_from_either_side_alike(left, askew):
    speed, yaw_rate = asked(15.0, left, askew)
    other_speed, other_yaw_rate = asked(15.0, -left, -askew)
    assert (speed, yaw_rate) == pytest.approx((other_speed, -other_yaw_rate))
    if askew >= 0:
        assert yaw_rate < 0


@given(st.floats(10, 130), st.floats(-3, 3), st.floats(-3, 3))
def test_it_asks_for_nothing_beyond_its_limits(x, y, heading):
    speed, yaw_rate = asked(x, y, heading)
    assert LIMITS.slowest_mps <= speed <= LIMITS.fastest_mps
    assert abs(yaw_rate) <= LIMITS.yaw_rate_radps


@pytest.mark.parametrize("pace", [1.0, 1.1])
def test_it_stays_near_the_line_and_brakes_before_the_bend(pace):
    route, (x, y, heading) = left_bend(), (10.0, 0.4, 0.02)
    teacher, deviations, speeds = Teacher(route, LIMITS), [], {}
    while (place := route.locate(x, y)).along_m < route.length_m:
        speed, yaw_rate = teacher.command(place, (x, y), heading)
        deviations.append(abs(place.deviation_m))
        speeds[int(place.along_m)] = speed
        heading += pace * yaw_rate * 0.01  # a car that turns more than it is asked to, too
        x, y = x + speed * 0.01 * math.cos(heading), y + speed * 0.01 * math.sin(heading)
    assert max(deviations) <= 0.45
    assert sum(deviations) / len(deviations) < 0.15
    assert speeds[70] == pytest.approx(math.sqrt(LATERAL_MPS2 * 30), rel=0.01)
    assert speeds[20] > 1.1 * speeds[70]
    assert speeds[49] == pytest.approx(speeds[70], rel=0.05)
