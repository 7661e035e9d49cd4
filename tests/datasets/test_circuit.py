"""Drives on the circuit as a data set."""

import numpy as np
import pytest

from sdvbench.datasets.circuit import CircuitDrive
from sdvbench.datasets.driving import Driving
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import OptionError
from sdvbench.simulators.circuit.simulator import Circuit
from sdvbench.simulators.recording import Plan, record


def test_it_is_what_a_recording_holds(tmp_path) -> None:
    with Circuit(3) as simulator:
        record(simulator, tmp_path / "drive", Plan(12, seed=5))
    recorded, made = Driving(tmp_path / "drive"), open_dataset("circuit:12?road=3&seed=5")
    assert len(made) == len(recorded) == 12
    assert made.task == "driving"
    assert made.command_range == recorded.command_range == Circuit.commands
    for one, other in zip(made, recorded, strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.command, other.command)


def test_any_order_gives_the_same() -> None:
    one, other = CircuitDrive(8), CircuitDrive(8)
    last = one[7]
    assert np.array_equal(other[0].image, one[0].image)
    assert np.array_equal(other[7].image, last.image)
    assert other[-1].name == last.name


def test_others_are_of_another_seed() -> None:
    made = CircuitDrive(4)
    others = made.others(6)
    assert len(others) >= 1000  # a drive, not a place
    assert others.identity != made.identity
    assert not np.array_equal(others[0].image, made[0].image)


def test_a_part_keeps_the_range(tmp_path) -> None:
    assert open_dataset("circuit:12?slice=4:").command_range == Circuit.commands
    assert open_dataset("circuit:12?slice=:2").others(11).command_range == Circuit.commands


@pytest.mark.parametrize(
    "text", ["circuit:0", "circuit:20001", "circuit:4?noise=-1", "circuit?road=-1"]
)
def test_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is out of range"):
        open_dataset(text)


def test_the_beginning_of_a_longer_drive_is_known_as_such() -> None:
    """Calibration images that are scored must be told as such."""
    short, long = CircuitDrive(30), CircuitDrive(60)
    assert short.drawn_from[0] == long.drawn_from[0]
    assert set(short.drawn_from[1]) < set(long.drawn_from[1])
    assert short.drawn_from[0] != CircuitDrive(30, seed=1).drawn_from[0]
