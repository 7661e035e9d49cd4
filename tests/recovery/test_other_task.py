"""A task that is not detection is trained, stopped and gone on with by the same code."""

from copy import deepcopy
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from sdvbench.cli import main
from sdvbench.errors import OptionError
from sdvbench.models import MODELS
from sdvbench.models.base import Network, Trainable
from sdvbench.pruning import prune
from sdvbench.recovery.quantization_aware import Following, follow_weights, quantization_aware
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.tasks import TASKS
from sdvbench.tasks.tensors import Tensors
from sdvbench.tasks.training import Batch, Lessons, Option, TaskTraining
from sdvbench.tensors import images_spec

RECIPE = Recipe(epochs=2, batch=4, imgsz=64, precision="fp32", learning_rate=1e-2)


class Pointer(Trainable):
    """Where the bright rectangle is, as a share of the image's width."""

    task = "pointing"
    inputs = (images_spec(),)

    def __init__(self) -> None:
        super().__init__("pointer")
        self.conv, self.norm = nn.Conv2d(3, 8, 3, 4), nn.BatchNorm2d(8)
        self.hidden, self.last = nn.Linear(8 * 16, 8), nn.Linear(8, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        columns = adaptive_avg_pool2d(self.norm(self.conv(images)).relu(), (1, 16)).flatten(1)
        return self.last(self.hidden(columns).relu())

    def layers(self) -> list[nn.Module]:
        return [self.conv, self.norm, self.hidden, self.last]

    def unprunable(self) -> list[nn.Module]:
        return [self.hidden, self.last]


class PointingLessons(Lessons):
    label = "place"

    def __init__(self, chosen, data, batch, seed):
        self.size, self.identity = min(batch, len(data)), {"gain": chosen.gain}
        self._chosen, self._data, self._seed = chosen, data, seed

    def __len__(self) -> int:
        return len(self._data) // self.size

    def batch(self, number: int) -> Batch:
        chosen = np.random.default_rng((self._seed, number)).permutation(len(self._data))
        samples = [self._data[int(index)] for index in chosen[: self.size]]
        images = torch.stack([torch.from_numpy(s.image[:, :64]).permute(2, 0, 1) for s in samples])
        return Batch(images, torch.tensor([[s.boxes[0, 0] / 64] for s in samples]))

    def losses(self, model, outputs, images, labels):
        return {"squares": self._chosen.gain * (outputs.float() - labels).square().mean()}


@dataclass(frozen=True)
class PointingTraining(TaskTraining):
    options = (Option("gain", float, "of the loss (1)"),)
    gain: float = 1.0

    def asked(self, given, teacher):
        if teacher is not None:
            raise OptionError("--teacher", "teaches nothing here", "Leave it out")
        return replace(self, **given)

    def check(self, model):
        if not isinstance(model, Trainable):
            raise OptionError(f"model {model.name}", "names no layers", "Derive it from Trainable")
        return model

    def lessons(self, model, data, *, epochs, batch, imgsz, seed, dtype):
        return PointingLessons(self, data, batch, seed)

    def told(self, scored):
        return f"off by {-scored.value:.3f}"

    def compared(self, before, after, data):
        return f"off by {-before.value:.3f}, then by {-after.value:.3f}"


@dataclass(frozen=True)
class Off:
    value: float
    images: int
    shown: ClassVar = {}


class Pointing(Tensors):
    scored = True

    def score(self, network, engine, dataset, class_names, progress):
        lessons = PointingLessons(PointingTraining(), dataset, engine.spec.batch, 0)
        batch = lessons.batch(0)
        found = engine((batch.images.float() / 255).numpy())
        return Off(-float(np.abs(found - batch.labels.numpy()).mean()), len(found))

    def training(self):
        return PointingTraining()


@pytest.fixture(autouse=True)
def registered(monkeypatch, boxes):
    """The task, the model and the data set by name."""
    place = f"{__name__}:"
    monkeypatch.setitem(TASKS._places, "pointing", EntryPoint("pointing", f"{place}Pointing", ""))
    monkeypatch.setitem(MODELS._places, "pointer", EntryPoint("pointer", f"{place}Pointer", ""))
    monkeypatch.setattr("sdvbench.datasets.source.open_dataset", lambda *_: boxes())


@pytest.fixture
def pointer() -> Pointer:
    torch.manual_seed(0)
    return Pointer().eval()


def test_it_is_trained_and_scored(pointer, boxes, tmp_path) -> None:
    told = []
    recipe = replace(RECIPE, epochs=30)
    recover(
        pointer, boxes(), tmp_path / "m.safetensors", recipe, held_out=boxes(), told=told.append
    )
    assert told[-1].losses["squares"] < 0.5 * told[1].losses["squares"]
    assert told[-1].metrics.value > told[0].metrics.value


@pytest.mark.parametrize("quantized", [False, True])
def test_a_stopped_run_goes_on_to_the_same_weights(pointer, boxes, tmp_path, quantized) -> None:
    def trained(name, **options):
        out, model = tmp_path / f"{name}.safetensors", deepcopy(pointer)
        result = recover(model, boxes(), out, RECIPE, quantized=quantized, **options)
        return result.state_dict()

    def stop(epoch):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdvbench.recovery.run.SAVE_S", -1)
        with pytest.raises(KeyboardInterrupt):
            trained("stopped", told=stop)
    whole, again = trained("whole"), trained("stopped")
    assert all(torch.equal(tensor, again[name]) for name, tensor in whole.items())
    assert not any(torch.equal(tensor, whole[name]) for name, tensor in pointer.named_parameters())


def test_scales_of_dense_layers_follow_their_weights(pointer) -> None:
    trained = quantization_aware(pointer, [torch.rand(2, 3, 64, 64)])
    for layer in (trained.conv, trained.hidden, trained.last):
        layer.weight.data *= 3
    follow_weights(trained)
    for layer in (trained.conv, trained.hidden, trained.last):
        largest = layer.weight.flatten(1).abs().amax(1)
        assert torch.equal(layer.weight_quantizer.amax.flatten(), largest)


def test_ranges_of_inputs_follow_what_the_weights_cause(pointer) -> None:
    images = [torch.rand(2, 3, 64, 64)]
    trained = quantization_aware(pointer, images).train()
    trained.conv.eval()  # as a frozen layer
    before = trained.last.input_quantizer.amax.clone()
    trained.hidden.weight.data *= 3
    trained.hidden.bias.data *= 3
    follow = Following(images)
    follow(trained, 1, 100)
    assert torch.equal(trained.last.input_quantizer.amax, before)
    follow(trained, 10, 100)
    assert trained.last.input_quantizer.amax > 2 * before
    assert trained.training
    assert trained.last.training
    assert not trained.conv.training


def test_zeroed_channels_stay_zero(pointer, boxes, tmp_path) -> None:
    pruned = prune(pointer, "PS", 64, ratio=0.5)
    result = recover(pruned, boxes(), tmp_path / "m.safetensors", RECIPE)
    assert (result.conv.weight.flatten(1) == 0).all(1).sum() == 4


def test_the_command_knows_its_options(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["recover", "pointer", "orig", "--data", "boxes", "--imgsz", "64", "--untrained"]
    small = ["--epochs", "1", "--held-out", "boxes", "--precision", "fp32"]
    assert main([*command, *small, "--gain", "0"]) == 0
    told = capsys.readouterr().out
    assert "epoch 1/1: squares 0.0000; " in told
    assert "\noff by 0." in told
    for wrong, problem in (
        (("--mosaics", "0"), "--mosaics 0.0: means nothing for pointer, whose task is pointing"),
        (
            ("--teacher", "pointer", "--teacher-weights", "pointer-orig.safetensors"),
            "--teacher: te",
        ),
    ):
        assert main([*command, *wrong, "--out", "other.safetensors"]) == 2
        assert problem in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["recover", "--help"])
    assert "--gain GAIN" in capsys.readouterr().out


def test_a_task_that_does_not_say_how_is_refused(boxes, tmp_path) -> None:
    class Unknown(Network):
        task = "tensors"

    told = "its task, tensors, does not say how. Choose a model of detection, driving, pointing"
    with pytest.raises(OptionError, match=told):
        recover(Unknown("unknown"), boxes(), tmp_path / "m.safetensors")
