"""Training: resumed to the same weights, zeros kept, what is not finite refused."""

import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import DatasetError, OptionError, TrainingError
from sdvbench.models.yolov5 import YOLOv5
from sdvbench.pruning import prune
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.run import run
from sdvbench.recovery.training import Training
from sdvbench.tasks.detection.training.options import DetectionTraining

SMALL = {"imgsz": 64, "learning_rate": 3e-3, "precision": "fp32", "warmup_epochs": 0}
RECIPE = Recipe(epochs=2, batch=4, **SMALL)
LONG = Recipe(epochs=40, batch=8, **SMALL)
PLAIN = DetectionTraining(mosaics=0)


def tiny(seed: int = 0, classes: int = 2) -> YOLOv5:
    torch.manual_seed(seed)
    return YOLOv5("yolov5n", 0.33, 0.125, classes)


def training(
    boxes,
    model: YOLOv5 | None = None,
    recipe: Recipe = RECIPE,
    chosen: DetectionTraining = DetectionTraining(),  # noqa: B008 - it is frozen
) -> Training:
    model = model or tiny()
    asked = {name: getattr(recipe, name) for name in ("epochs", "batch", "imgsz", "seed")}
    lessons = chosen.lessons(model, boxes(), **asked, dtype=torch.float32)
    return Training(model, lessons, recipe)


def weights(trained: Training) -> dict[str, torch.Tensor]:
    return trained.averaged.state_dict()


def test_loss_falls(boxes) -> None:
    trained = training(boxes, recipe=LONG, chosen=PLAIN)
    losses = [sum(trained.advance().values()) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_restored_training_ends_in_the_same_weights(boxes, tmp_path) -> None:
    whole, first = training(boxes), training(boxes)
    run(whole, tmp_path / "whole", "same")
    for _ in range(3):
        first.advance()
    torch.save(first.state(), tmp_path / "half")
    second = training(boxes, model=tiny(seed=1))
    second.restore(torch.load(tmp_path / "half", weights_only=True))
    second.advance()
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(second)[name]), name


KILLED = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from recovery.conftest import Boxes
from recovery.test_training import training
from sdvbench.recovery import run as running
import torch
torch.set_num_threads(1)
running.SAVE_S = 0

def train(place, last):
    trained = training(Boxes)
    advance, made = trained.advance, []
    def advance_or_die():
        if len(made) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        made.append(1)
        return advance()
    trained.advance = advance_or_die
    running.run(trained, place / "state", "same")
    torch.save(trained.averaged.state_dict(), place / "result")
    os._exit(len(made))

# A process each; what they import takes longer than what they do.
for name, last in (("killed", 3), ("killed", None), ("whole", None)):
    place = Path(sys.argv[1], name)
    place.mkdir(exist_ok=True)
    print(name, (place / "result").exists(), end=" ", flush=True)
    if (process := os.fork()) == 0:
        train(place, last)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


def test_killed_run_goes_on_to_the_same_weights(tmp_path) -> None:
    """SIGKILL after three of four steps, the state written after each; then another process."""
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    steps = [f"killed False {-signal.SIGKILL}", "killed False 1", "whole False 4"]
    assert told.stdout.splitlines() == steps, told.stderr
    found = [torch.load(tmp_path / name / "result") for name in ("killed", "whole")]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[1])


def test_soft_pruned_channels_stay_zero(boxes) -> None:
    model = prune(tiny(), "PS", 64, ratio=0.25)
    before = {n: p == 0 for n, p in model.named_parameters() if p.dim() == 4}
    assert any(zeros.flatten(1).all(1).any() for zeros in before.values())
    trained = training(boxes, model)
    for _ in range(4):
        trained.advance()
    for state in (trained.state()["model"], weights(trained)):
        for name, zeros in before.items():
            silent = zeros.flatten(1).all(1)
            assert (state[name][silent] == 0).all(), name
            assert (state[name][~silent] != 0).any(), name
    images = torch.rand(1, 3, 64, 64)
    block = trained.averaged.model[1]
    silent = before["model.1.conv.weight"].flatten(1).all(1)
    assert (block(trained.averaged.model[0](images))[:, silent] == 0).all()


def test_first_layers_can_be_frozen(boxes) -> None:
    model = tiny()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trained = training(boxes, model, Recipe(epochs=1, batch=4, frozen=3, **SMALL))
    trained.advance()
    after = trained.state()["model"]
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {n for n in before if n.startswith(("model.0.", "model.1.", "model.2."))} <= same
    assert not any(n.startswith("model.3.conv") for n in same)


def test_all_layers_cannot_be_frozen(boxes) -> None:
    with pytest.raises(OptionError, match="frozen 25: are all 25 layers of yolov5n"):
        training(boxes, recipe=Recipe(frozen=25, **SMALL))


def test_model_that_was_frozen_is_trained(boxes) -> None:
    trained = training(boxes, tiny().requires_grad_(False))
    assert trained.advance()["box"] > 0


def test_data_without_an_object_is_refused(boxes, tmp_path) -> None:
    def empty() -> object:
        return boxes(boxes=np.zeros((0, 4), np.float32), classes=np.zeros(0, np.int64))

    with pytest.raises(DatasetError, match="holds no object of the model's classes"):
        run(training(empty), tmp_path / "state", "same")


def test_an_epoch_that_goes_on_without_an_object_is_not_refused(boxes, tmp_path) -> None:
    class One(boxes):
        """With one labelled image."""

        def __init__(self, kept: int) -> None:
            super().__init__()
            self.kept = kept

        def __getitem__(self, index: int) -> DetectionSample:
            sample = super().__getitem__(index)
            none = np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.bool_)
            if index == self.kept:
                return sample
            return replace(sample, boxes=none[0], classes=none[1], crowd=none[2], ignore=none[2])

    def stopped(kept: int) -> Training:
        begun = training(partial(One, kept), recipe=recipe, chosen=PLAIN)
        begun.advance()
        return begun

    recipe = Recipe(epochs=1, batch=4, **SMALL)
    kept, begun = next((k, t) for k in range(8) if (t := stopped(k)).labels)
    torch.save({"identity": "same", "training": begun.state()}, tmp_path / "state")
    rest = training(partial(One, kept), recipe=recipe, chosen=PLAIN)
    run(rest, tmp_path / "state", "same")
    assert (rest.step, rest.labels) == (2, 0)


def test_loss_that_is_not_finite_is_refused(boxes, tmp_path) -> None:
    model = tiny()
    model.model[3].conv.weight.data[:] = float("nan")
    with pytest.raises(
        TrainingError, match=r"step 1 of epoch 1: has a loss \(.*\) that is not finite"
    ):
        run(training(boxes, model), tmp_path / "state", "same")
    assert not list(tmp_path.iterdir())


def test_state_of_another_run_is_refused(boxes, tmp_path) -> None:
    run(training(boxes), tmp_path / "state", "one")
    with pytest.raises(TrainingError, match="another model, other data, another recipe, or other"):
        run(training(boxes), tmp_path / "state", "other")


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 cut off", b"\x80\x02N."])
def test_damaged_state_is_named(boxes, tmp_path, content) -> None:
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(TrainingError, match=r"state: is no state of a training.*Remove it"):
        run(training(boxes), tmp_path / "state", "one")


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch": 0},
        {"seed": -1},
        {"learning_rate": 0.0},
        {"weight_decay": float("nan")},
        {"precision": "int8"},
    ],
)
def test_recipe_out_of_range(wrong) -> None:
    with pytest.raises(OptionError, match=next(iter(wrong))):
        Recipe(**wrong)


def test_learning_rate_warms_up_then_falls() -> None:
    recipe = Recipe(epochs=30, warmup_epochs=3)
    rates = [recipe.rate_at(step, 10) for step in range(300)]
    top = int(np.argmax(rates))
    assert top in (29, 30, 31)
    assert all(np.diff(rates[:top]) > 0)
    assert all(np.diff(rates[top:]) <= 0)
    assert rates[-1] == pytest.approx(recipe.final_share, abs=1e-3)
