"""Which accepted engine a run pairs a cell with."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.image_size import ImageSize, height_width, written
from sdvbench.models import MODELS
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from sdvbench.tensors import TensorSpec
from sdvbench.workflows import WORKFLOWS
from tests.workflows.networks import TwoInputs

CELL = Cell("yolov5n", "orig", "W1", "fp32")


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run whose accepted engine is in the store, and is not the one that would be built now."""
    made: Any = Suite(Settings(model=("yolov5n",), store=tmp_path))
    entry = SimpleNamespace(artifact="then", imgsz=640, weights="seeded")
    made.__dict__["baselines"] = SimpleNamespace(find=lambda cell, metric: entry)
    recipe = {"workflow": "W1", "precision": "fp32", "options": {}, "built with": {"gpu": "H200"}}
    recipe["shape"] = [1, 3, 640, 640]  # as before inputs had specifications
    found = SimpleNamespace(folder=tmp_path / "then", manifest={"recipe": recipe})
    made.store = SimpleNamespace(find={"then": found}.get)
    monkeypatch.setattr(Suite, "artifact", lambda self, cell: SimpleNamespace(key="now"))
    return made


@pytest.mark.parametrize(("gpu", "paired"), [("H200", True), ("H100", False)])
def test_an_engine_bound_to_another_gpu_is_not_loaded(
    suite: Any, monkeypatch: pytest.MonkeyPatch, gpu: str, paired: bool
) -> None:
    monkeypatch.setattr(WORKFLOWS["W1"], "bound_to", lambda self, spec: {"gpu": gpu})
    arm = suite.accepted_arm(CELL, "latency")
    assert (arm is not None) == paired
    if paired:
        assert arm.artifact.name == "then"


@pytest.mark.parametrize(
    ("accepted", "paired"), [({"weights": "0123"}, True), ({"imgsz": 320}, False)]
)
def test_an_engine_of_other_weights_is_loaded_and_of_another_image_size_not(
    suite: Any, accepted: dict[str, Any], paired: bool
) -> None:
    vars(suite.baselines.find("", "")).update(accepted)
    assert (suite.accepted_arm(CELL, "latency") is not None) == paired


def test_an_engine_of_other_inputs_is_not_loaded(suite: Any) -> None:
    recipe = suite.store.find("then").manifest["recipe"]
    recipe["inputs"] = [{"name": "images", "shape": [1, 3, 640, 640], "dtype": "float32"}]
    assert suite.accepted_arm(CELL, "latency") is not None
    recipe["inputs"][0]["shape"] = [1, 3, 384, 640]
    assert suite.accepted_arm(CELL, "latency") is None


def test_options_of_the_run_do_not_choose_its_anchor() -> None:
    option = ("W1.provider=tensorrt",)
    plain, changed = Suite(Settings()), Suite(Settings(option=option))
    assert changed.gap(changed.anchor_cell)
    assert changed.anchor_cell == plain.anchor_cell


def test_each_model_has_an_anchor_of_its_own() -> None:
    """So that a model's shares of it do not hang on which other models are in the run."""
    both = Suite(Settings(model=("yolov5n", "pilotnet")))
    alone = Suite(Settings(model=("pilotnet",)))
    assert str(both.anchor_of("pilotnet")) == "pilotnet-orig-W1-fp32-b1"
    assert both.anchor_of("pilotnet") == alone.anchor_cell
    assert both.anchor_cell == both.anchor_of("yolov5n")


def test_a_name_of_no_device_is_refused_before_anything_is_built() -> None:
    with pytest.raises(OptionError, match="device 'gpu': is not known"):
        Suite(Settings(device="gpu"))


@pytest.mark.parametrize(
    ("anchor", "told"),
    [
        (
            "W1-int9",
            r"--sdv-anchor W1-int9: names no precision of W1 \('int9'\)\. Choose from W1-fp",
        ),
        ("W1", r"--sdv-anchor W1: names no precision of W1 \(''\)"),
        ("W9-fp32", r"--sdv-anchor W9-fp32: names no workflow \('W9'\)\. Write WORKFLOW-PREC"),
    ],
)
def test_an_anchor_that_no_workflow_makes_is_refused_by_its_option(anchor: str, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        Suite(Settings(anchor=("Wd-fp32", anchor)))


@pytest.mark.parametrize("imgsz", [100, (64, 100), 1])
def test_what_images_a_network_takes_is_its_own_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imgsz: ImageSize
) -> None:
    class AnySize(TwoInputs):
        inputs = (TensorSpec("image", ("batch", 3, "height", "width")), TwoInputs.inputs[1])

    entry = SimpleNamespace(load=lambda: AnySize)
    monkeypatch.setitem(MODELS._places, "two_inputs", entry)
    run = Suite(Settings(model=("two_inputs",), imgsz=imgsz, store=tmp_path))
    cell = Cell("two_inputs", "orig", "W1", "fp32")
    assert run.spec(cell).shape == (1, 3, *height_width(imgsz))
    assert run.gap(cell) is None
    run = Suite(Settings(model=("yolov5n",), imgsz=imgsz, store=tmp_path))
    for asked in (run.gap, run.spec):
        with pytest.raises(OptionError, match=f"^image size {written(imgsz)}: .* multiple of 32"):
            asked(CELL)


def test_an_engine_that_is_not_in_the_store_is_not_loaded(suite: Any) -> None:
    suite.store = SimpleNamespace(find={}.get)
    assert suite.accepted_arm(CELL, "latency") is None
