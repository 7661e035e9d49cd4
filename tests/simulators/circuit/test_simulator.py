"""The circuit as a simulator: repeatable, additive, and honest about progress."""

import os
import subprocess
import sys
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import OptionError
from sdvbench.simulators.base import Command
from sdvbench.simulators.circuit.simulator import Circuit

PATH = """
import hashlib
from sdvbench.simulators.base import Command
from sdvbench.simulators.circuit.simulator import Circuit

def digest(road, seed):
    told = hashlib.sha256()
    with Circuit(road=road) as circuit:
        circuit.reset(seed)
        for number in range(120):
            told.update(circuit.observe().tobytes())
            told.update(repr(circuit.truth()).encode())
            ideal = circuit.teacher()
            aside = 0.3 if number % 40 < 8 else 0.0
            circuit.step(Command(ideal.speed_mps, ideal.yaw_rate_radps + aside), 0.05)
    return told.hexdigest()
"""


@pytest.fixture(scope="module")
def built():
    return Circuit()


@pytest.fixture
def circuit(built):
    built.reset(0)
    return built


def test_runs_in_two_processes_are_the_same_bit_by_bit():
    program = PATH + "print(digest(1, 5))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    }
    here: dict = {}
    exec(PATH, here)
    assert told == {here["digest"](1, 5) + "\n"}
    assert here["digest"](1, 6) + "\n" not in told


def test_a_reset_forgets_what_was_before(circuit):
    first = circuit.observe(), circuit.truth()
    circuit.step(Command(10, 0.3), 1.0)
    circuit.reset(7)
    other = circuit.observe(), circuit.truth()
    circuit.reset(0)
    assert (circuit.observe() == first[0]).all()
    assert circuit.truth() == first[1]
    assert (other[0] != first[0]).any()
    assert other[1] != first[1]
    assert circuit.truth().time_s == circuit.truth().completed == 0


@settings(max_examples=25)  # each draws the light of two resets
@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=8),
    st.floats(0, 24),
    st.floats(-1.2, 1.2),
)
def test_steps_add_up(built, parts_ms, speed_mps, yaw_rate_radps):
    command = Command(speed_mps, yaw_rate_radps)
    found = []
    for steps_ms in (parts_ms, [sum(parts_ms)]):
        built.reset(0)
        for part_ms in steps_ms:
            built.step(command, part_ms / 1000)
        found.append(built.truth())
    assert found[0] == found[1]
    assert found[0].time_s == sum(parts_ms) / 1000


def test_a_part_of_a_tick_is_no_step(circuit):
    with pytest.raises(OptionError, match=r"Choose a multiple of 0\.001 s"):
        circuit.step(Command(8, 0), 1 / 30)


def test_a_lap_ends_where_it_began(circuit):
    before = circuit.truth().completed
    while circuit.truth().completed < 1:
        circuit.step(circuit.teacher(), 0.05)
        after = circuit.truth()
        assert before <= after.completed < before + 0.003
        assert not after.off_lane
        before = after.completed
    assert after.along_m < 2
    assert after.time_s == pytest.approx(circuit.road.length_m / 12.5, rel=0.25)


def test_a_car_without_steering_leaves_the_lane(circuit):
    for _ in range(600):
        circuit.step(Command(10, 0), 0.05)
        if circuit.truth().off_lane:
            break
    truth = circuit.truth()
    assert truth.off_lane
    assert abs(truth.deviation_m) > truth.half_width_m
    assert truth.completed < 0.5


def test_ground_that_was_cut_across_is_no_progress(circuit):
    circuit.step(circuit.teacher(), 1.0)
    before = circuit.truth()
    there = circuit._lane.pose(300.0)
    car = replace(circuit._car, x_m=float(there.x_m), y_m=float(there.y_m))
    circuit._car = replace(car, heading_rad=float(there.heading_rad))
    circuit.step(circuit.teacher(), 1.0)
    after = circuit.truth()
    assert after.along_m > 300
    assert after.completed - before.completed < 16 / circuit.road.length_m


def test_driving_back_takes_progress_away(circuit):
    circuit.step(circuit.teacher(), 2.0)
    before = circuit.truth().completed
    circuit._car = replace(circuit._car, heading_rad=circuit._car.heading_rad + np.pi)
    circuit.step(Command(8, 0), 1.0)
    assert circuit.truth().completed < before


def test_the_truth_is_in_the_coordinates_of_the_road(circuit):
    for _ in range(10):
        circuit.step(circuit.teacher(), 0.7)
        truth, road = circuit.truth(), circuit.road
        away = np.hypot(*(road.centre_m - (truth.x_m, truth.y_m)).T)
        nearest = int(away.argmin())
        assert away.min() == pytest.approx(abs(truth.deviation_m), abs=0.26)
        expected = nearest / len(away) * road.length_m
        assert truth.along_m == pytest.approx(expected, abs=0.6)
        assert abs(truth.heading_error_rad) < 0.3


def test_the_road_is_drawn_by_points_less_than_a_metre_apart(circuit):
    road = circuit.road
    steps = np.hypot(*(np.roll(road.centre_m, -1, axis=0) - road.centre_m).T)
    assert steps.max() < 0.6
    assert steps.sum() == pytest.approx(road.length_m, rel=1e-3)
    assert road.half_width_m.shape == steps.shape
    assert road.closed


def test_identities_tell_roads_and_sizes_apart():
    assert {
        Circuit().identity,
        Circuit(height=96, width=96).identity,
        Circuit(road=1).identity,
    } == {"circuit-v1-road0-66x200", "circuit-v1-road0-96x96", "circuit-v1-road1-66x200"}


def test_an_image_is_the_caller_s_own(circuit):
    image = circuit.observe()
    assert (image.shape, image.dtype) == ((66, 200, 3), np.uint8)
    kept = image.copy()
    image[:] = 0
    assert (circuit.observe() == kept).all()


@pytest.mark.parametrize("seed", [-1, 2**63 + 1])
def test_wrong_seeds_are_errors(circuit, seed):
    with pytest.raises(OptionError, match="seed"):
        circuit.reset(seed)


def test_truths_are_plain_numbers(circuit):
    assert {type(value) for value in astuple(circuit.truth())} == {float}
