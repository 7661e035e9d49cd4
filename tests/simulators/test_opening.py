"""Simulators by the text that names them."""

import subprocess
import sys

import pytest

from sdvbench.errors import OptionError
from sdvbench.simulators import SIMULATORS
from sdvbench.simulators.base import Simulator
from sdvbench.simulators.opening import open_simulator

LISTING = """
import sys
from sdvbench.simulators import SIMULATORS
assert list(SIMULATORS)
print(*sorted({"numpy", "cv2", "torch"} & set(sys.modules)))
"""


def test_listing_simulators_loads_nothing_heavy():
    told = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []


def test_every_simulator_is_one():
    assert all(issubclass(kind, Simulator) for kind in SIMULATORS.values())


def test_options_reach_the_simulator():
    with open_simulator("circuit?road=3&width=64&height=32") as simulator:
        assert simulator.identity == "circuit-v1-road3-32x64"
        assert simulator.observe().shape == (32, 64, 3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("moon", "simulator 'moon': is not known. Choose from circuit"),
        ("circuit?hills=3", "'hills' is not known. Choose from road, height, width"),
        ("circuit?road=3&road=4", "gives 'road' twice"),
        ("circuit?road=left", "road='left' is not a value of type int. For example road=0"),
        ("circuit?road", "Write NAME"),
        ("circuit?road=-1", "road=-1: is out of range"),
        ("circuit?width=7", "width=7: is out of range"),
    ],
)
def test_wrong_texts_are_errors(text, problem):
    with pytest.raises(OptionError, match=problem.replace("?", r"\?")):
        open_simulator(text)
