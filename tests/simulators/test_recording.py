"""Recorded data sets: the layout, the labels, and that half of one never reads as whole."""

import csv
import json

import numpy as np
import pytest

from sdvbench import progress
from sdvbench.datasets.images import read_image
from sdvbench.errors import DatasetError, OptionError
from sdvbench.simulators.base import Command, Simulator, Truth
from sdvbench.simulators.circuit.simulator import Circuit
from sdvbench.simulators.recording import Plan, record
from sdvbench.vehicle_command import CommandRange


class Straight(Simulator):
    """A straight road on which a command's yaw rate moves the car aside at once."""

    identity = "straight-v1"
    tick_s = 0.01
    commands = CommandRange((5.0, 10.0), (-1.0, 1.0))

    def __init__(self, length_m=100.0, killed_at=None):
        self.length_m, self.killed_at = length_m, killed_at
        self.seeds, self.taken = [], []

    def reset(self, seed):
        self.seeds.append(seed)
        self.x_m = self.y_m = self.time_s = 0.0

    def observe(self):
        if len(self.taken) == self.killed_at:
            raise KeyboardInterrupt
        return np.full((8, 8, 3), (len(self.taken) % 256, 7, 200), np.uint8)

    def step(self, command, seconds):
        self.taken.append(command)
        self.x_m += command.speed_mps * seconds
        self.y_m += command.yaw_rate_radps
        self.time_s += seconds

    def truth(self):
        share = self.x_m / self.length_m
        return Truth(self.time_s, self.x_m, self.y_m, 0, 10, self.x_m, self.y_m, 2, 0, share)

    def teacher(self):
        return Command(10.0, -self.y_m / 2)

    @property
    def road(self):
        raise NotImplementedError


def rows_of(folder):
    with (folder / "data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_layout_is_images_and_a_table(tmp_path):
    simulator = Straight()
    recorded = record(simulator, tmp_path / "new" / "set", Plan(30, rate_hz=10))
    folder = tmp_path / "new" / "set"
    assert {path.name for path in folder.iterdir()} == {"Images", "data.csv", "recording.json"}
    assert (folder / "data.csv").read_text().startswith("image_name,v,w\n0.png,10.0,")
    assert len(list((folder / "Images").iterdir())) == len(rows_of(folder)) == recorded.frames == 30
    for number, row in enumerate(rows_of(folder)):
        assert row["image_name"] == f"{number}.png"
        assert (read_image(folder / "Images" / row["image_name"]) == (number, 7, 200)).all()
    origin = json.loads((folder / "recording.json").read_text())
    assert (origin["simulator"], origin["rate_hz"], origin["frames"]) == ("straight-v1", 10, 30)
    assert origin["commands"]["v"] == [5, 10]


def test_labels_are_the_teacher_s_while_pushes_move_the_car(tmp_path):
    simulator = Straight(length_m=1e9)
    recorded = record(simulator, tmp_path / "set", Plan(400, rate_hz=10))
    labels = [float(row["w"]) for row in rows_of(tmp_path / "set")]
    asked = [command.yaw_rate_radps for command in simulator.taken]
    pushed = [label != command for label, command in zip(labels, asked, strict=True)]
    assert 40 < sum(pushed) < 300
    y_m = 0.0
    for label, command in zip(labels, asked, strict=True):
        assert label == pytest.approx(-y_m / 2)
        y_m += command
    assert recorded.yaw_rate_radps == (min(labels), max(labels))
    assert recorded.farthest_off_m > 0


def test_without_noise_the_teacher_drives(tmp_path):
    simulator = Straight()
    record(simulator, tmp_path / "set", Plan(50, rate_hz=10, noise_mps2=0))
    assert {command.yaw_rate_radps for command in simulator.taken} == {0.0}


def test_a_drive_ends_with_the_road_and_the_next_has_another_seed(tmp_path):
    simulator = Straight(length_m=10)
    recorded = record(simulator, tmp_path / "set", Plan(35, rate_hz=10, noise_mps2=0))
    assert recorded.drives == len(simulator.seeds) == len(set(simulator.seeds)) == 4


def test_a_car_that_left_its_lane_starts_anew(tmp_path):
    simulator = Straight(length_m=1e9)
    simulator.teacher = lambda: Command(10.0, 0.7)
    recorded = record(simulator, tmp_path / "set", Plan(30, rate_hz=10, noise_mps2=0))
    assert recorded.farthest_off_m < 2
    assert recorded.drives == 10


def test_a_killed_recording_does_not_read_as_a_data_set(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        record(Straight(killed_at=10), tmp_path / "set", Plan(30, rate_hz=10))
    assert len(list((tmp_path / "set" / "Images").iterdir())) == 10
    assert not (tmp_path / "set" / "data.csv").exists()
    with pytest.raises(DatasetError, match=r"without data\.csv it is a recording that was killed"):
        record(Straight(), tmp_path / "set", Plan(30, rate_hz=10))


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "note").write_text("mine")
    for place in (tmp_path, tmp_path / "note"):
        with pytest.raises(DatasetError, match="exists and is not an empty folder"):
            record(Straight(), place, Plan(3))
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_an_empty_folder_is_taken(tmp_path):
    assert record(Straight(), tmp_path, Plan(3, rate_hz=10)).frames == 3


def test_progress_is_told(tmp_path):
    heard = []
    with progress.heard_by(heard.append):
        record(Straight(), tmp_path, Plan(20, rate_hz=10))
    assert heard[::9] == ["recording 2/20", "recording 20/20"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"frames": 0}, "--frames 0"),
        ({"frames": 1, "seed": -1}, "--seed -1"),
        ({"frames": 1, "rate_hz": 0}, "--rate 0"),
        ({"frames": 1, "noise_mps2": float("nan")}, "--noise nan"),
        ({"frames": 1, "noise_mps2": -1}, "--noise -1"),
    ],
)
def test_wrong_plans_are_errors(given, problem):
    with pytest.raises(OptionError, match=problem):
        Plan(**given)


def test_a_rate_between_ticks_is_an_error_before_anything_is_written(tmp_path):
    with pytest.raises(OptionError, match=r"--rate 30: .* multiple of 0\.01 s"):
        record(Straight(), tmp_path / "set", Plan(3, rate_hz=30))
    assert not (tmp_path / "set").exists()


def test_recordings_of_the_circuit_repeat_and_show_recoveries(tmp_path):
    with Circuit() as circuit:
        plans = {"one": Plan(150), "same": Plan(150), "other": Plan(150, seed=1)}
        found = {name: record(circuit, tmp_path / name, plan) for name, plan in plans.items()}
    tables = {name: (tmp_path / name / "data.csv").read_bytes() for name in plans}
    images = {name: (tmp_path / name / "Images" / "149.png").read_bytes() for name in plans}
    assert tables["one"] == tables["same"] != tables["other"]
    assert images["one"] == images["same"] != images["other"]
    assert 0.4 < max(one.farthest_off_m for one in found.values()) < 2
