"""Commands become steering and throttle by geometry and mechanics."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.simulators.metadrive.worker.car import BRAKING_MPS2, WHEELS, Car

CAR = Car(1.05, 1.42, 1100.0, math.radians(40), 800.0, 150.0, 0.01)
STRONGEST_MPS2 = WHEELS * CAR.engine_n / CAR.mass_kg


def acceleration(throttle):
    """What engine and brakes make of a throttle."""
    if throttle > 0:
        return STRONGEST_MPS2 * throttle
    return WHEELS * CAR.brake_ns * throttle / CAR.mass_kg / CAR.tick_s


@given(st.floats(3, 25), st.floats(-0.2, 0.2))
def test_the_wheels_are_turned_for_the_curvature_that_is_meant(speed, curvature):
    steering = CAR.steering(speed, speed * curvature)
    angle = steering * CAR.steering_rad
    assert math.tan(angle) / (CAR.front_m + CAR.rear_m) == pytest.approx(curvature, abs=1e-12)
    assert math.copysign(1, steering) == math.copysign(1, curvature)


@given(st.floats(-5, 30), st.floats(-50, 50))
def test_steering_stays_within_what_the_car_has(speed, yaw_rate):
    assert -1 <= CAR.steering(speed, yaw_rate) <= 1
    assert CAR.steering(min(speed, 0), yaw_rate) == 0


@given(st.floats(0, 22), st.floats(0, 22))
def test_speed_comes_to_what_is_wanted_without_going_beyond(wanted, speed):
    for _ in range(1500):  # 15 s
        before = speed
        speed += acceleration(CAR.throttle(wanted, speed)) * CAR.tick_s
        assert min(before, wanted) - 1e-9 <= speed <= max(before, wanted) + 1e-9
        assert -BRAKING_MPS2 - 1e-6 <= (speed - before) / CAR.tick_s <= STRONGEST_MPS2 + 1e-6
    assert speed == pytest.approx(wanted, abs=0.01)


def test_nothing_drives_backwards():
    assert CAR.throttle(-5, 0.0) == 0
    assert CAR.throttle(-5, 3.0) == CAR.throttle(0, 3.0) < 0
