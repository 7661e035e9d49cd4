"""MetaDrive itself: repeatable, additive, in metres and to the left, driven well by its teacher."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError, OptionError
from sdvbench.simulators.base import Command
from sdvbench.simulators.metadrive.environment import gap
from sdvbench.simulators.metadrive.simulator import MetaDrive

FRAME_S = 0.05


@pytest.fixture(scope="module")
def opened():
    if missing := gap():
        pytest.skip(str(missing))
    with MetaDrive() as metadrive:
        yield metadrive


@pytest.fixture
def metadrive(opened):
    opened.reset(0)
    return opened


def digest(metadrive, seed):
    """Of the images and states of 3 s in which the car is pushed aside twice."""
    told = hashlib.sha256()
    metadrive.reset(seed)
    for number in range(60):
        told.update(metadrive.observe().tobytes())
        told.update(repr(metadrive.truth()).encode())
        ideal = metadrive.teacher()
        aside = 0.3 if number % 30 < 8 else 0.0
        metadrive.step(Command(ideal.speed_mps, ideal.yaw_rate_radps + aside), FRAME_S)
    return told.hexdigest()


def test_runs_in_two_processes_are_the_same_bit_by_bit_and_a_dead_one_is_told(metadrive):
    with MetaDrive() as other:
        assert digest(metadrive, 5) == digest(other, 5) != digest(other, 6)
        other._worker._process.kill()
        with pytest.raises(MeasurementError, match="MetaDrive's process: was ended by signal 9"):
            other.truth()
    with pytest.raises(MeasurementError, match="was closed"):
        other.observe()


def test_a_reset_forgets_what_was_before(metadrive):
    first = metadrive.observe(), metadrive.truth()
    metadrive.step(Command(10, 0.3), 1.0)
    metadrive.reset(7)
    other = metadrive.observe(), metadrive.truth()
    metadrive.reset(0)
    assert (metadrive.observe() == first[0]).all()
    assert metadrive.truth() == first[1]
    assert (other[0] != first[0]).any()
    assert other[1] != first[1]
    assert metadrive.truth().time_s == metadrive.truth().completed == 0


@settings(max_examples=8)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=6), st.floats(0, 20), st.floats(-1.5, 1.5))
def test_steps_are_one_step_of_their_sum(opened, ticks, speed, yaw_rate):
    command, ends = Command(speed, yaw_rate), []
    for steps in ticks, [sum(ticks)]:
        opened.reset(3)
        for step in steps:
            opened.step(command, step * opened.tick_s)
            if len(steps) > 1:
                opened.observe()  # looking changes nothing
                opened.teacher()
        ends.append((opened.truth(), opened.observe().tobytes()))
    assert ends[0] == ends[1]
    assert ends[0][0].time_s == pytest.approx(sum(ticks) * opened.tick_s)


def test_the_teacher_drives_the_whole_road(metadrive):
    slowest, fastest = metadrive.commands.v
    right, left = metadrive.commands.w
    deviations, speeds, completed = [], [], [0.0]
    while completed[-1] < 1 and len(speeds) * FRAME_S < metadrive.road.length_m / slowest:
        command = metadrive.teacher()
        assert slowest <= command.speed_mps <= fastest
        assert right <= command.yaw_rate_radps <= left
        metadrive.step(command, FRAME_S)
        truth = metadrive.truth()
        deviations.append(abs(truth.deviation_m))
        speeds.append(truth.speed_mps)
        completed.append(truth.completed)
    assert completed[-1] == 1
    assert completed == sorted(completed)
    assert sum(deviations) / len(deviations) < 0.12
    assert max(deviations) < 0.5
    assert min(speeds[200:]) < 12
    assert max(speeds) > 14.5


def test_left_is_left_and_the_car_does_as_it_is_told(metadrive):
    before = metadrive.truth()
    for _ in range(10):
        metadrive.step(Command(before.speed_mps, 0.3), 0.1)
    after = metadrive.truth()
    assert after.speed_mps == pytest.approx(before.speed_mps, abs=0.2)
    turned = math.remainder(after.heading_rad - before.heading_rad, math.tau)
    assert turned == pytest.approx(0.3, abs=0.03)
    assert after.deviation_m > before.deviation_m + 0.5
    assert after.heading_error_rad > before.heading_error_rad
    metadrive.step(Command(0, 0), 3.0)
    assert metadrive.truth().speed_mps < 0.1


def test_truth_is_what_the_road_says(metadrive):
    road = metadrive.road
    pieces = np.diff(road.centre_m, axis=0)
    along = np.concatenate(([0], np.cumsum(np.hypot(*pieces.T))))
    assert along[-1] == pytest.approx(road.length_m, abs=0.05)
    assert np.hypot(*pieces.T).max() <= 0.51
    for number in range(240):
        ideal = metadrive.teacher()
        aside = 0.25 * math.sin(number / 9)
        metadrive.step(Command(ideal.speed_mps, ideal.yaw_rate_radps + aside), FRAME_S)
        truth = metadrive.truth()
        away = np.array((truth.x_m, truth.y_m)) - road.centre_m
        nearest = int(np.hypot(*away.T).argmin())
        piece = pieces[min(nearest, len(pieces) - 1)]
        direction = piece / np.hypot(*piece)
        left = direction[0] * away[nearest][1] - direction[1] * away[nearest][0]
        assert truth.deviation_m == pytest.approx(left, abs=0.02)
        assert truth.along_m == pytest.approx(along[nearest], abs=0.3)
        heading = math.atan2(direction[1], direction[0])
        error = math.remainder(truth.heading_rad - heading - truth.heading_error_rad, math.tau)
        assert error == pytest.approx(0, abs=0.03)
        assert truth.completed == pytest.approx(truth.along_m / road.length_m)


def test_a_car_that_leaves_its_lane_is_off_it_and_comes_no_further(metadrive):
    for _ in range(50):
        metadrive.step(Command(10, 0.5), FRAME_S)
    truth = metadrive.truth()
    assert truth.off_lane
    assert truth.deviation_m > truth.half_width_m == 1.75
    for _ in range(200):  # in circles
        metadrive.step(Command(10, 0.5), FRAME_S)
    assert metadrive.truth().completed < 0.1


def test_images_are_the_caller_s_own_and_show_the_line_where_it_is(metadrive):
    """The yellow line is 1.75 m to the left of the lane's middle. On a straight, with square pixels
    and 70 degrees from left to right, the slope of its picture depends only on how high the camera
    is, 1.5 m above the car's place and so 2.04 m above the road, and how far it is to the side."""
    for _ in range(40):
        metadrive.step(metadrive.teacher(), FRAME_S)
    image, truth = metadrive.observe(), metadrive.truth()
    assert image.dtype == np.uint8
    assert image.shape == (66, 200, 3)
    assert image.flags.writeable
    rows = np.arange(40, 64)
    red, blue = image[rows, :, 0].astype(int), image[rows, :, 2].astype(int)
    yellow = red - blue > 60
    yellow[:, 130:] = False  # grass
    columns = np.array([np.flatnonzero(row).mean() for row in yellow])
    slope = np.polyfit(rows, columns, 1)[0]
    beside_m = truth.half_width_m - truth.deviation_m
    assert slope == pytest.approx(-beside_m / 2.04, rel=0.1)


def test_size_and_road_are_options(metadrive):
    with MetaDrive(road=3, height=120, width=160) as other:
        assert other.observe().shape == (120, 160, 3)
        assert other.identity != metadrive.identity
        assert other.road.length_m != metadrive.road.length_m


def test_wrong_arguments_are_told(metadrive):
    with pytest.raises(OptionError, match="whole number of ticks"):
        metadrive.step(Command(10, 0), 0.015)
    with pytest.raises(OptionError, match="seed=-1"):
        metadrive.reset(-1)
    for wrong in {"road": -1}, {"height": 8}, {"width": 5000}:
        with pytest.raises(OptionError, match="out of range"):
            MetaDrive(**wrong)
