"""The models that come with sdvbench."""

from pathlib import Path

import pytest
import torch

import sdvbench
from sdvbench.cells import UNPRUNED
from sdvbench.datasets.scenes import Scenes
from sdvbench.embedded import FOLDER, IMGSZ, MODEL
from sdvbench.models import MODELS, load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.pruning import PRUNINGS, prune
from sdvbench.store import Store

FILES = sorted(FOLDER.glob("*.safetensors"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_there_is_one_of_each_pruning() -> None:
    assert {file.stem for file in FILES} == {f"{MODEL}-{pruning}" for pruning in PRUNINGS}


def test_each_is_small_half_and_pruned_as_it_says(file: Path) -> None:
    pruning = file.stem.removeprefix(f"{MODEL}-")
    assert file.stat().st_size < 5_000_000
    checkpoint = read_checkpoint(file)
    assert checkpoint.metadata["pruning"] == pruning
    assert checkpoint.class_names == Scenes.classes
    model = load_model(MODEL, file)
    assert model.quantization_aware == (pruning != UNPRUNED)
    assert all(torch.equal(t, t.half().float()) for t in model.state_dict().values() if t.dim())
    pruned = prune(MODELS[MODEL](len(Scenes.classes)).eval(), pruning, IMGSZ)
    assert sdvbench.profile(model, IMGSZ) == sdvbench.profile(pruned, IMGSZ)


def test_each_detects(file: Path, session_store: Path) -> None:
    model = load_model(MODEL, file)
    with sdvbench.build(model, "Wd", imgsz=IMGSZ, store=Store(session_store)) as engine:
        metrics = sdvbench.evaluate(engine, Scenes(24), model.class_names)
    assert metrics.map50 > 0.5
