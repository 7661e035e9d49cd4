"""From a model to a file of trained weights, by function and by command."""

import inspect
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock

from sdvbench.cli import main
from sdvbench.code_digest import _sources
from sdvbench.datasets.scenes import Scenes
from sdvbench.errors import DatasetError, OptionError, TrainingError
from sdvbench.models import MODELS, load_model
from sdvbench.models.base import Detector
from sdvbench.models.yolov5 import YOLOv5
from sdvbench.pruning import prune
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import ROOMS, recover
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.training.distillation import Distillation
from sdvbench.tasks.detection.training.options import DetectionTraining

RECIPE = Recipe(epochs=2, batch=2, imgsz=64, precision="fp32")


@pytest.fixture(scope="module")
def data() -> Scenes:
    return Scenes(4, height=96, width=160)


@pytest.fixture(scope="module")
def seeded(data) -> Detector:
    """Made once, since seeded weights take seconds; not to be changed."""
    return load_model("yolov5n", num_classes=len(data.classes))


@pytest.fixture
def model(seeded) -> Detector:
    return deepcopy(seeded)


def test_pruned_model_is_trained_and_written(model, data, tmp_path) -> None:
    told = []
    pruned = prune(model, "PG", 64)
    out = tmp_path / "new" / "pg.safetensors"
    result = recover(pruned, data, out, RECIPE, pruning="PG", held_out=data, told=told.append)
    again = load_model("yolov5n", out)
    assert again.class_names == data.classes
    assert all(torch.equal(t, again.state_dict()[n]) for n, t in result.state_dict().items())
    assert [epoch.number for epoch in told] == [0, 1, 2]
    assert [isinstance(epoch.metrics, Metrics) for epoch in told] == [True, False, True]
    assert 0 < told[1].outside < 1
    assert [f.name for f in out.parent.iterdir()] == ["pg.safetensors"]


def test_quantization_aware_training_leaves_plain_weights(model, data, tmp_path) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    result = recover(model, data, tmp_path / "q.safetensors", RECIPE, quantized=True)
    after, name = result.state_dict(), "model.0.conv.weight"
    assert after.keys() == before.keys()
    assert not torch.equal(after[name], before[name])
    assert not any("Quant" in type(module).__name__ for module in result.modules())
    assert load_model("yolov5n", tmp_path / "q.safetensors").quantization_aware
    result = recover(result, data, tmp_path / "float.safetensors", RECIPE)
    assert not load_model("yolov5n", tmp_path / "float.safetensors").quantization_aware


@pytest.mark.parametrize("quantized", [False, True])
def test_stopped_run_goes_on_to_the_same_weights(seeded, data, tmp_path, quantized) -> None:
    class StoppedError(Exception):
        pass

    def stop(epoch: object) -> None:
        raise StoppedError

    def trained(name: str, **options: object) -> dict[str, torch.Tensor]:
        out = tmp_path / f"{name}.safetensors"
        result = recover(deepcopy(seeded), data, out, RECIPE, quantized=quantized, **options)
        return result.state_dict()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdvbench.recovery.run.SAVE_S", -1)  # after each step but an epoch's last
        with pytest.raises(StoppedError):
            trained("stopped", told=stop)
    assert (tmp_path / "stopped.safetensors.training").exists()
    whole, again = trained("whole"), trained("stopped")
    assert all(torch.equal(tensor, again[name]) for name, tensor in whole.items())
    assert len(list(tmp_path.iterdir())) == 2


def test_result_that_could_not_be_written_is_scored_when_it_can(seeded, data, tmp_path) -> None:
    def trained(told: list) -> None:
        out = tmp_path / "m.safetensors"
        recover(deepcopy(seeded), data, out, RECIPE, held_out=data, told=told.append)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdvbench.recovery.recover.save_model", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trained(first := [])
    trained(again := [])
    assert [epoch.number for epoch in first] == [0, 1, 2]
    assert [epoch.number for epoch in again] == [0, 2]
    assert again[1].metrics.map == first[2].metrics.map


def test_teacher_is_part_of_the_run(model, data, tmp_path) -> None:
    teacher = MODELS["yolov5s"](len(data.classes)).eval()
    told = []
    out = tmp_path / "d.safetensors"
    training = DetectionTraining(distillation=Distillation(teacher))
    recover(model, data, out, RECIPE, training=training, told=told.append)
    assert told[0].losses["teacher"] > 0


SHORT = replace(RECIPE, epochs=1, batch=4)
OTHERS = {
    "recipe": {"recipe": replace(SHORT, learning_rate=2e-4)},
    "data": {"data": Scenes(4, seed=7, height=96, width=160)},
    "classes": {"names": ("a", "b", "c", "car", "truck")},
    "quantized": {"quantized": True},
    "teacher": {"training": {"teacher": True}},
    "mosaics": {"training": {"mosaics": 0.5}},
}


def trained(model, out, data, recipe=SHORT, names=None, training=None, **options) -> None:
    model.class_names = names
    chosen = dict(training or {})
    if chosen.pop("teacher", False):
        chosen["distillation"] = Distillation(MODELS["yolov5n"](5).eval())
    recover(model, data, out, recipe, training=DetectionTraining(**chosen), **options)


@pytest.fixture(scope="module")
def state(seeded, data, tmp_path_factory) -> bytes:
    """Of a run that was killed when all was done but the result."""
    out = tmp_path_factory.mktemp("killed") / "m.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sdvbench.recovery.recover.save_model", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trained(deepcopy(seeded), out, data)
    return out.with_name("m.safetensors.training").read_bytes()


@pytest.mark.parametrize("other", OTHERS)
def test_a_run_of_something_else_is_not_gone_on_with(model, data, state, tmp_path, other) -> None:
    (tmp_path / "m.safetensors.training").write_bytes(state)
    with pytest.raises(TrainingError, match="is the state of a run with another"):
        trained(model, tmp_path / "m.safetensors", **{"data": data, **OTHERS[other]})


def test_data_without_labels_is_refused(model, data, tmp_path) -> None:
    class Unlabelled(Scenes):
        labelled = False

    with pytest.raises(DatasetError, match="has no labels to learn from"):
        recover(model, Unlabelled(4), tmp_path / "m.safetensors", RECIPE)
    assert not list(tmp_path.iterdir())


def test_finished_file_is_not_written_over(model, data, tmp_path) -> None:
    out = tmp_path / "m.safetensors"
    out.write_bytes(b"precious")
    with pytest.raises(OptionError, match="is there already"):
        recover(model, data, out, RECIPE)
    assert out.read_bytes() == b"precious"


def test_two_at_once_are_refused(model, data, tmp_path) -> None:
    out = tmp_path / "m.safetensors"
    lock = FileLock(tmp_path / ".m.safetensors.lock")
    with lock, pytest.raises(TrainingError, match="another process"):
        recover(model, data, out, RECIPE)


def test_model_without_maps_is_refused(data, tmp_path) -> None:
    class Opaque(Detector):
        forward = unprunable = pruning_order = None

    with pytest.raises(OptionError, match="does not show its head's maps"):
        recover(Opaque("opaque", 5), data, tmp_path / "m.safetensors", RECIPE)


def test_the_code_that_decides_the_result_is_part_of_the_run() -> None:
    files = {file for room in ROOMS for file in _sources(f"sdvbench.{room}")}
    assert {Path(inspect.getfile(kind)) for kind in (DetectionTraining, Scenes, YOLOv5)} <= files


def test_command_trains_from_nothing_then_goes_on(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = ["--epochs", "1", "--batch", "2", "--imgsz", "64"]
    data = ["--data", "scenes:4?height=96&width=160"]
    assert main(["recover", "yolov5n", "orig", *data, "--untrained", *small]) == 0
    assert "epoch 1/1: box " in capsys.readouterr().out
    weights = ["--weights", "yolov5n-orig.safetensors"]
    held_out = ["--held-out", "scenes:2"]
    assert main(["recover", "yolov5n", "PL", *data, *weights, *small, *held_out]) == 0
    told = capsys.readouterr().out
    assert "mAP50-95 0." in told
    assert "mAP50-95 on 2 held-out images: 0." in told
    assert "written: yolov5n-PL.safetensors" in told
    pruned = load_model("yolov5n", tmp_path / "yolov5n-PL.safetensors")
    weights = ["--weights", "yolov5n-PL.safetensors", "--out", "more.safetensors"]
    assert main(["recover", "yolov5n", "PL", *data, *weights, *small]) == 0
    more = load_model("yolov5n", tmp_path / "more.safetensors")
    assert [p.shape for p in more.parameters()] == [p.shape for p in pruned.parameters()]
    assert main(["recover", "yolov5n", "PG", *data, *weights, *small]) == 2
    assert "is pruned by PL already, not PG" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--untrained", "--epochs", "0"], "epochs 0: is out of range"),
        (["--untrained", "--mosaics", "2"], "mosaics 2.0: is out of range"),
        (["--weights", "none.pt"], "none.pt: "),
        (["--untrained", "--out", "x.pt"], "--out x.pt: is not a .safetensors file"),
        (["--untrained", "--teacher", "yolov5s"], "--teacher yolov5s: has no weights"),
        (
            ["--untrained", "--teacher-weights", "big.pt"],
            "--teacher-weights big.pt: requires a teacher",
        ),
        (["--untrained", "--temperature", "3"], "--temperature 3.0: requires a teacher, and none"),
        (["--weights", "yolov5n-PL.safetensors"], "is the file that --weights names"),
        (["--weights", "x.safetensors", "--out", "./x.safetensors"], "Name another file"),
        (["--untrained", "--device", "cuda:99"], "device cuda:99: PyTorch sees "),
        (["--untrained", "--out", "/dev/null/x.safetensors"], "/dev/null: "),
    ],
)
def test_wrong_arguments_are_named(tmp_path, capsys, monkeypatch, arguments, told) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["recover", "yolov5n", "PL", "--data", "scenes:2", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_seeded_head_expects_few_objects(model) -> None:
    model.expect_few_objects()
    maps = model.head_maps(torch.zeros(1, 3, 64, 64))
    confidences = [m.detach().sigmoid() for m in maps]
    assert all(float(c[..., 4].mean()) < 0.05 for c in confidences)
    assert np.mean([float(c[..., 5:].mean()) for c in confidences]) < 0.3


def test_weights_pruned_elsewhere_are_not_pruned_again(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    pruned = prune(load_model("yolov5n", num_classes=5), "PL", imgsz=64)
    torch.save({"model": pruned.state_dict()}, "pruned.pt")
    data = ["--data", "scenes:4?height=96&width=160", "--imgsz", "64"]
    assert main(["recover", "yolov5n", "PL", *data, "--weights", "pruned.pt"]) == 2
    assert "pruned.pt: is pruned already: its shapes differ" in capsys.readouterr().err
