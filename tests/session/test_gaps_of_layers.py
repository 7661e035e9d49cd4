"""What a workflow cannot make of a network's layers is a skip, before anything is built."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sdvbench.cells import Cell
from sdvbench.models.given_files import given_file
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from sdvbench.workflows import WORKFLOWS
from tests.network_files.onnx_models import linear, value

Gap = Callable[..., str]
W = numpy_helper.from_array(np.eye(4, dtype=np.float32), "w")


@pytest.fixture
def gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gap:
    """The reason that a cell of a network in a file is skipped for, on a machine that has
    everything; "None" where it is not.
    """
    for workflow in ("OpenVINO", "W2"):
        monkeypatch.setattr(WORKFLOWS[workflow], "gap", lambda self, spec: None)

    def told(model: onnx.ModelProto, workflow: str, precision: str, said: str = "") -> str:
        onnx.save(model, tmp_path / "net.onnx")
        models = {"mine": given_file("mine", f"net.onnx{said}", tmp_path)}
        run = Suite(Settings(("mine",), store=tmp_path / "store", models=models))
        found = str(run.gap(Cell("mine", "orig", workflow, precision)))
        assert not (tmp_path / "store").exists()
        return found

    return told


def branched() -> onnx.ModelProto:
    """A product with weights, and another one in either branch of an If."""
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node("MatMul", ["a", "w"], [name], f"in_{name}")],
            name,
            [],
            [value(name, ["N", 4])],
        )
        for name in ("then", "else")
    }
    return linear(
        [
            helper.make_node("MatMul", ["x", "w"], ["a"], "outside"),
            helper.make_node("ReduceMax", ["x"], ["largest"], "max", keepdims=0),
            helper.make_node("Cast", ["largest"], ["yes"], "cast", to=TensorProto.BOOL),
            helper.make_node("If", ["yes"], ["y"], "if", **branches),
        ],
        [value("y", ["N", 4])],
        [W],
    )


def test_layers_in_branches(gap: Gap) -> None:
    told = gap(branched(), "OpenVINO", "fp32")
    assert told == (
        "layers of mine lie in branches, of which OpenVINO does not tell what they run in "
        "(in_else, in_then); to enable: export the network without If and Loop, or use W1"
    )
    assert gap(branched(), "W1", "fp32") == "None"
    assert gap(linear(), "OpenVINO", "fp32") == "None"
    for workflow in ("W1", "OpenVINO"):
        told = gap(branched(), workflow, "int8")
        assert told.startswith("layers of mine lie in branches, where nothing lowers them (in_")
    assert gap(branched(), "W1", "fp16", "?float=in_then|in_else") == "None"
