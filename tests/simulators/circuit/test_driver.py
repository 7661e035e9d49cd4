"""The teacher: on the line, within its limits, and back to the line from anywhere."""

import pytest

from sdvbench.simulators.base import Command
from sdvbench.simulators.circuit.car import driven
from sdvbench.simulators.circuit.driver import COMMANDS, LATERAL_MPS2, Driver
from sdvbench.simulators.circuit.layout import draw_lane
from tests.simulators.circuit.test_view import car_at


def lap(lane, car, period_ms=50, commands=1):
    """Truths of a lap by the teacher: deviation, speed and command of each period."""
    driver, rounds, before = Driver(lane), 0.0, None
    while rounds < commands:
        place = lane.locate(car.x_m, car.y_m)
        command = driver.command(car, place)
        yield float(place.deviation_m), car.speed_mps, command
        if before is not None:
            rounds += ((float(place.along_m) - before) % lane.length_m) / lane.length_m
        before = float(place.along_m)
        car = driven(car, command, period_ms)


@pytest.mark.parametrize("road", range(8))
def test_the_teacher_keeps_to_the_line_over_a_lap(road):
    lane = draw_lane(road)
    found = list(lap(lane, car_at(1.0, lane=lane)))
    assert max(abs(deviation) for deviation, _, _ in found) < 0.3
    speeds = [speed for _, speed, _ in found]
    assert sum(speeds) / len(speeds) > 9
    assert max(speeds) > 15


@pytest.mark.parametrize("road", [0, 1])
def test_commands_stay_within_their_range_and_the_lateral_limit(road):
    lane = draw_lane(road)
    (slowest, fastest), (right, left) = COMMANDS.v, COMMANDS.w
    for _, _, command in lap(lane, car_at(1.0, 1.5, lane, 0.2)):
        assert slowest <= command.speed_mps <= fastest
        assert right <= command.yaw_rate_radps <= left
        if command.speed_mps > slowest:
            assert abs(command.speed_mps * command.yaw_rate_radps) <= LATERAL_MPS2 + 1e-9


@pytest.mark.parametrize("aside_m", [-3.0, -1.5, 1.5, 3.0])
def test_the_teacher_comes_back_to_the_line(aside_m):
    lane = draw_lane(0)
    found = [deviation for deviation, _, _ in lap(lane, car_at(20.0, aside_m, lane))]
    assert abs(found[0]) == pytest.approx(abs(aside_m))
    assert max(map(abs, found[60:])) < 0.3


def test_a_label_depends_on_the_place_and_not_on_the_speed():
    lane = draw_lane(0)
    driver, car = Driver(lane), car_at(30.0, 0.4, lane)
    place = lane.locate(car.x_m, car.y_m)
    slow = type(car)(car.x_m, car.y_m, car.heading_rad, 1.0, 0.2)
    assert driver.command(slow, place) == driver.command(car, place)
    assert isinstance(driver.command(car, place), Command)


def test_left_of_the_line_it_steers_right():
    lane = draw_lane(0)
    driver = Driver(lane)
    yaw_rates = []
    for aside_m in (-1.0, 0.0, 1.0):
        car = car_at(20.0, aside_m, lane)
        yaw_rates.append(driver.command(car, lane.locate(car.x_m, car.y_m)).yaw_rate_radps)
    assert yaw_rates[0] > 0 > yaw_rates[2]
    assert yaw_rates[1] == pytest.approx(0, abs=1e-9)
