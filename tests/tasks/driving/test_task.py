"""Driving: agreement with the reference, and errors against the driver's commands."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.base import Dataset, DetectionSample, DrivingSample
from sdvbench.datasets.scenes import Scenes
from sdvbench.errors import DatasetError, MeasurementError
from sdvbench.metrics.mae import MAE
from sdvbench.metrics.mse import MSE
from sdvbench.models.loading import declared
from sdvbench.tasks.base import SameOutputsError
from sdvbench.tasks.driving.task import Driving
from sdvbench.tasks.tensors import Tensors
from sdvbench.vehicle_command import STUDY
from sdvbench.workflows.base import EngineSpec

DRIVING = Driving()
RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def network():
    return declared("pilotnet")


class Drive(Dataset):
    """Frames whose grey level is their number, 0 to 255, and the command for each."""

    task = "driving"
    identity = "drive"

    def __init__(self, commands):
        self.commands = np.asarray(commands, np.float32)

    def __len__(self):
        return len(self.commands)

    def __getitem__(self, index):
        image = np.full((66, 200, 3), index, np.uint8)
        return DrivingSample(f"{index}.png", image, self.commands[range(len(self))[index]])


@dataclass
class Oracle:
    """Knows the scaled command by the image's grey level."""

    scaled: np.ndarray
    spec: EngineSpec

    def outputs(self, images):
        numbers = np.round(images.mean((1, 2, 3)) * 255).astype(int)
        return (self.scaled[numbers].astype(np.float32),)


def spec(network, batch):
    return EngineSpec("fp32", network.bound_inputs(64, batch), batch)


def driven(network, commands, scaled, batch=1):
    told = []
    engine = Oracle(np.asarray(scaled), spec(network, batch))
    found = DRIVING.score(network, engine, Drive(commands), None, lambda *n: told.append(n))
    assert told[-1] == (len(commands), len(commands))
    return found


@given(count=st.integers(1, 40), batch=st.integers(1, 20))
def test_every_frame_is_scored_once_with_its_own_command(count, batch):
    commands = RANDOM.uniform([6.5, -7], [24, 7], (count, 2))
    off = RANDOM.normal(0, 0.1, (count, 2))
    found = driven(declared("pilotnet"), commands, STUDY.scaled(commands) + off, batch)
    assert found.errors == pytest.approx(off, abs=1e-5)
    assert [sample.name for sample in found.samples] == [f"{i}.png" for i in range(count)]
    assert all(sample.image.size == 0 for sample in found.samples)
    assert MSE.scores.value(found) == pytest.approx((off**2).mean(), rel=1e-3)
    assert MAE.scores.value(found) == pytest.approx(np.abs(off).mean(), rel=1e-3)


def test_figures_in_the_vehicle_s_units(network):
    commands = [[10, 0], [10, 0], [10, 0], [10, 0]]
    off = np.array([[3.5, 0], [0, 0], [0, -1.42], [0, 0]])
    found = driven(network, commands, STUDY.scaled(np.array(commands) + off))
    assert MAE.beside(found) == pytest.approx(
        {
            "mae_v": 0.05,
            "mae_w": 0.025,
            "v_off": 0.875,
            "w_off": 0.355,
            "v_most_off": 3.5,
            "w_most_off": 1.42,
        },
        rel=1e-4,
    )
    assert MSE.beside(found) == pytest.approx({"mse_v": 0.01, "mse_w": 0.0025}, rel=1e-4)
    assert MSE.scores.value(found) == pytest.approx(0.00625, rel=1e-4)


def test_labels_of_another_task_are_refused(network):
    engine = Oracle(np.zeros((256, 2)), spec(network, 1))
    scenes = Scenes(2, height=66, width=200)
    with pytest.raises(DatasetError, match="has labels for detection, not for driving, so that no"):
        DRIVING.score(network, engine, scenes, None, lambda *_: None)
    scenes.task = "driving"
    with pytest.raises(DatasetError, match="is a DetectionSample, where a DrivingSample is needed"):
        DRIVING.score(network, engine, scenes, None, lambda *_: None)


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ((np.zeros((1, 3), np.float32),), r"puts out \(1, 3\), where driving has one output, \(1,"),
        ((np.zeros((1, 2), np.float32),) * 2, r"puts out \(1, 2\), \(1, 2\), where"),
        ((np.array([[0, np.nan]], np.float32),), "NaN or infinite"),
    ],
)
def test_outputs_that_are_no_commands_are_refused(network, outputs, told):
    engine = SimpleNamespace(outputs=lambda *_: outputs, spec=spec(network, 1))
    with pytest.raises(MeasurementError, match=told):
        DRIVING.score(network, engine, Drive([[10, 0]]), None, lambda *_: None)


def agreement(network, mine, reference, batch=1, samples=None):
    calls = [
        [(part,) for part in np.array_split(np.asarray(each, np.float32), len(each) // batch)]
        for each in (mine, reference)
    ]
    return DRIVING.agreement(network, network.bound_inputs(64, batch), *calls, samples).errors


def test_the_reference_itself_is_at_0_and_other_images_are_at_1(network):
    reference = RANDOM.random((4, 2))
    for batch in (1, 2, 4):
        same = agreement(network, reference, reference, batch)
        assert same == {"v_error": 0, "w_error": 0}
        other = agreement(network, np.roll(reference, 1, axis=0), reference, batch)
        assert other == pytest.approx({"v_error": 1, "w_error": 1})


def test_one_command_alone_may_be_off(network):
    reference = RANDOM.random((4, 2))
    mine = reference + np.array([0, 0.01])
    spread = np.abs(np.roll(reference, 1, axis=0) - reference).mean(0)
    found = agreement(network, mine, reference)
    assert found == pytest.approx({"v_error": 0, "w_error": 0.01 / spread[1]}, rel=1e-3)


def test_it_is_the_share_that_tensors_have_of_one_output(network):
    reference, mine = (RANDOM.random((4, 2)).astype(np.float32) for _ in range(2))
    one = SimpleNamespace(outputs=("v",))
    calls = [[(row[None, :1],) for row in each] for each in (mine, reference)]
    wanted = Tensors().agreement(one, (), *calls, None).errors["output_error"]
    assert agreement(network, mine, reference)["v_error"] == pytest.approx(wanted)


def test_images_that_come_again_are_no_two(network):
    reference = RANDOM.random((3, 2))[[0, 1, 2, 0]]
    mine = reference + 0.01
    spread = np.abs(np.roll(reference[:3], 1, axis=0) - reference[:3]).mean(0)
    found = agreement(network, mine, reference, samples=3)
    assert found["v_error"] == pytest.approx(0.01 / spread[0], rel=1e-3)


def test_a_reference_that_always_says_the_same_is_no_measure(network):
    with pytest.raises(SameOutputsError):
        agreement(network, [[0.5, 0.5]] * 2, [[0.5, 0.5]] * 2)
    assert agreement(network, [[0.5, 0], [0.6, 1]], [[0.5, 0], [0.5, 1]])["v_error"] == np.inf


def test_calls_have_what_the_camera_sees_of_any_data_set(network):
    image = RANDOM.integers(0, 256, (480, 640, 3), np.uint8)
    none = np.zeros(0)
    boxes = DetectionSample("a", image, np.zeros((0, 4), np.float32), none, none, none)
    (found,) = DRIVING.call(network, network.bound_inputs(64, 2), [boxes] * 2, 0)
    assert found.shape == (2, 3, 66, 200)
    assert found.dtype == np.float32
    assert 0 <= found.min() < 0.2 < 0.8 < found.max() <= 1
