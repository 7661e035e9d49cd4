"""The models that come with sdvbench."""

from pathlib import Path

import pytest
import torch

import sdvbench
from sdvbench.cells import UNPRUNED
from sdvbench.closed_loop.engine_driver import engine_driver
from sdvbench.closed_loop.loop import drive
from sdvbench.closed_loop.score import score
from sdvbench.datasets.scenes import Scenes
from sdvbench.embedded import FOLDER, IMGSZ, MODEL
from sdvbench.models import MODELS, load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.pruning import by_default, prune
from sdvbench.simulators.circuit.simulator import Circuit
from sdvbench.store import Store
from sdvbench.tasks.driving.task import Driving

FILES = sorted(FOLDER.glob(f"{MODEL}-*.safetensors"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_there_is_one_of_each_pruning() -> None:
    assert {file.stem for file in FILES} == {f"{MODEL}-{pruning}" for pruning in by_default()}


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


def test_pilotnet_is_small_and_half() -> None:
    file = FOLDER / "pilotnet-orig.safetensors"
    assert file.stat().st_size < 4_000_000
    model = load_model("pilotnet", file)
    assert model.command_range == Circuit.commands
    assert all(torch.equal(t, t.half().float()) for t in model.state_dict().values() if t.dim())


def test_pilotnet_drives_a_road_that_it_has_never_seen(session_store: Path) -> None:
    model = load_model("pilotnet", FOLDER / "pilotnet-orig.safetensors")
    with (
        sdvbench.build(model, "Wd", store=Store(session_store)) as engine,
        Circuit(road=5) as simulator,
    ):
        decide = engine_driver(Driving(), model, engine, simulator.commands)
        trip = drive(simulator, decide, [0.02], laps=0.3)
        assert trip.end == "arrived"
        assert score(trip, simulator.road).deviation_mean_m < 0.2
