"""How networks learn to drive: batches, losses, and the range that their weights keep."""

import numpy as np
import pytest
import torch

from sdvbench.datasets.base import Dataset, DrivingSample
from sdvbench.errors import CheckpointError, DatasetError, OptionError
from sdvbench.models import load_model, save_model
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.tasks.driving.training import DrivingLessons, DrivingTraining
from sdvbench.vehicle_command import CommandRange

RANGE = CommandRange((0.0, 20.0), (-1.0, 1.0))


class Bright(Dataset):
    """Images that are brighter on the side to which the driver turns."""

    task = "driving"
    identity = "bright"
    command_range = RANGE

    def __init__(self, count: int = 12) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> DrivingSample:
        turn = np.float32((index % 5 - 2) / 4)
        image = np.full((66, 200, 3), 100, np.uint8)
        image[:, :100] += np.uint8(40 * (1 + turn))
        return DrivingSample(f"{index}", image, np.array([10.0, turn], np.float32))


def lessons(batch: int = 4, seed: int = 0) -> DrivingLessons:
    model = load_model("pilotnet")
    return DrivingTraining().lessons(
        model, Bright(), epochs=1, batch=batch, imgsz=64, seed=seed, dtype=torch.float32
    )


def test_batches_by_number_are_the_same_again() -> None:
    one, other = lessons(), lessons()
    assert len(one) == 3
    for number in (5, 0):
        assert torch.equal(one.batch(number).images, other.batch(number).images)
        assert torch.equal(one.batch(number).labels, other.batch(number).labels)
    assert not torch.equal(one.batch(0).images, lessons(seed=1).batch(0).images)


def test_an_epoch_sees_each_image_once() -> None:
    labels = torch.cat([lessons(batch=4).batch(number).labels for number in range(3)])
    turns = np.array([abs(index % 5 - 2) / 4 for index in range(12)])
    seen = np.abs(RANGE.unscaled(labels.numpy())[:, 1])
    assert sorted(seen) == pytest.approx(sorted(turns), abs=1e-6)


def test_mirrored_images_have_the_other_turn() -> None:
    """The brighter side is where the label says, mirrored or not; both kinds are there."""
    batch = lessons(batch=12).batch(0)
    left = batch.images[..., :100].float().mean((1, 2, 3))
    mirrored = batch.images[..., 100:].float().mean((1, 2, 3)) > left
    assert 0 < mirrored.sum() < 12
    turns = RANGE.unscaled(batch.labels.numpy())[:, 1]
    for image, turn, other in zip(batch.images.float(), turns, mirrored, strict=True):
        side = image[..., 100:] if other else image[..., :100]
        assert side.mean() == pytest.approx(100 + int(40 * (1 + (-turn if other else turn))))


def test_losses_are_mean_squares_by_output() -> None:
    found = lessons().losses(None, torch.tensor([[1.0, 0.0], [0.0, 0.5]]), None, torch.zeros(2, 2))
    assert {name: float(value) for name, value in found.items()} == {"v": 0.5, "w": 0.125}


def test_range_of_the_recording_is_learnt_and_kept(tmp_path) -> None:
    file = tmp_path / "pilotnet-orig.safetensors"
    model = load_model("pilotnet")
    recover(model, Bright(), file, Recipe(epochs=1, batch=4), held_out=Bright(6))
    assert load_model("pilotnet", file).command_range == RANGE


def test_trained_network_keeps_its_own_range() -> None:
    model = load_model("pilotnet")
    model.command_range = CommandRange((0.0, 40.0), (-2.0, 2.0))
    made = DrivingTraining().lessons(
        model, Bright(), epochs=1, batch=4, imgsz=64, seed=0, dtype=torch.float32
    )
    assert made.batch(0).labels[:, 0].tolist() == pytest.approx([0.25] * 4)


def test_training_lowers_the_error(tmp_path) -> None:
    told = []
    recover(
        load_model("pilotnet"),
        Bright(20),
        tmp_path / "out.safetensors",
        Recipe(epochs=6, batch=4, learning_rate=1e-3, precision="fp32", ema_steps=5),
        held_out=Bright(),
        told=lambda epoch: told.extend([epoch.metrics.shown["mse"]] if epoch.metrics else []),
    )
    assert told[-1] < 0.5 * told[0]


def test_refusals(tmp_path) -> None:
    training = DrivingTraining()
    with pytest.raises(OptionError, match="cannot teach"):
        training.asked({}, load_model("pilotnet"))
    with pytest.raises(OptionError, match="cannot be trained to drive"):
        training.check(load_model("yolov5n"))

    class Boxes(Bright):
        task = "detection"

    with pytest.raises(DatasetError, match="labels for detection, not for driving"):
        recover(load_model("pilotnet"), Boxes(), tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("text", "told"),
    [("1 2 3", "not four numbers"), ("1 2 3 x", "not four numbers"), ("2 1 -1 1", "range of v")],
)
def test_weights_with_a_wrong_range(tmp_path, text: str, told: str) -> None:
    model = load_model("pilotnet")
    model.metadata = lambda: {"command_range": text}
    save_model(model, tmp_path / "p.safetensors")
    with pytest.raises(CheckpointError, match=told):
        load_model("pilotnet", tmp_path / "p.safetensors")
