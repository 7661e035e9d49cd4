"""The bicycle model: arcs, limits, and ticks that add up."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.simulators.base import Command
from sdvbench.simulators.circuit.car import (
    ACCELERATION_MPS2,
    BRAKING_MPS2,
    GRIP_MPS2,
    STEERING_RAD,
    STEERING_RATE_RADPS,
    TOP_SPEED_MPS,
    WHEELBASE_M,
    Car,
    driven,
)

REST = Car(0, 0, 0, 0)
COMMANDS = st.builds(Command, st.floats(-5, 40), st.floats(-10, 10))
CARS = st.builds(
    Car,
    st.floats(-500, 500),
    st.floats(-500, 500),
    st.floats(-3, 3),
    st.floats(0, TOP_SPEED_MPS),
    st.floats(-STEERING_RAD, STEERING_RAD),
)


def test_a_car_that_turns_steadily_drives_the_circle_of_its_command():
    command = Command(8.0, 0.4)  # a radius of 20 m
    car = Car(0, 0, 0, 8.0, math.atan(WHEELBASE_M / 20))
    after = driven(car, command, 3000)
    assert after.heading_rad == pytest.approx(1.2)
    assert after.x_m == pytest.approx(20 * math.sin(1.2), abs=1e-6)
    assert after.y_m == pytest.approx(20 * (1 - math.cos(1.2)), abs=1e-6)


@given(CARS, COMMANDS, st.integers(0, 80), st.integers(0, 80))
def test_ticks_add_up_to_the_last_bit(car, command, first, second):
    assert driven(driven(car, command, first), command, second) == driven(
        car, command, first + second
    )


@given(CARS, COMMANDS)
def test_a_mirrored_car_drives_a_mirrored_path(car, command):
    other = driven(mirrored(car), Command(command.speed_mps, -command.yaw_rate_radps), 60)
    assert mirrored(other) == driven(car, command, 60)


def mirrored(car):
    heading, steering = -car.heading_rad, -car.steering_rad
    return replace(car, y_m=-car.y_m, heading_rad=heading, steering_rad=steering)


@given(CARS, COMMANDS, st.integers(1, 100))
def test_no_limit_is_passed(car, command, ticks):
    after, seconds = driven(car, command, ticks), ticks / 1000
    gained = after.speed_mps - car.speed_mps
    assert -BRAKING_MPS2 * seconds - 1e-9 <= gained <= ACCELERATION_MPS2 * seconds + 1e-9
    assert 0 <= after.speed_mps <= TOP_SPEED_MPS
    assert abs(after.steering_rad) <= STEERING_RAD
    assert abs(after.steering_rad - car.steering_rad) <= STEERING_RATE_RADPS * seconds + 1e-9


def test_a_car_that_is_too_fast_for_a_bend_goes_wide():
    command = Command(20.0, 20 / 12)
    car = driven(Car(0, 0, 0, 20.0), command, 1000)
    turned = driven(car, command, 1).heading_rad - car.heading_rad
    assert turned * 1000 == pytest.approx(GRIP_MPS2 / 20, rel=1e-6)


def test_a_stopping_car_stands_still_with_straight_wheels():
    car = driven(Car(0, 0, 0, 8.0, 0.3), Command(-3.0, 1.0), 3000)
    assert (car.speed_mps, car.steering_rad) == (0, 0)
    assert driven(car, Command(0.0, 1.0), 100) == car


def test_a_car_at_rest_starts():
    assert driven(REST, Command(6, 0), 1000).x_m == pytest.approx(ACCELERATION_MPS2 / 2)
