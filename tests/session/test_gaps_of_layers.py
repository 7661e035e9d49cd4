"""What a workflow cannot make of a network's layers is a skip, before anything is built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from sdvbench.cells import Cell
from sdvbench.errors import BuildError
from sdvbench.models.base import Network
from sdvbench.models.given_files import given_file
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from sdvbench.store import Store
from sdvbench.tensors import TensorSpec
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Calibration, EngineSpec, Source
from sdvbench.workflows.build import build_artifact
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

    def told(model: Any, workflow: str, precision: str, said: str = "") -> str:
        name = "net.onnx" if isinstance(model, onnx.ModelProto) else "net.pt2"
        save = onnx.save if name == "net.onnx" else torch.export.save
        save(model, tmp_path / name)
        models = {"mine": given_file("mine", f"{name}{said}", tmp_path)}
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


class Recurrent(Network):
    """A dense layer into a recurrent one, or into a cell that is called once."""

    inputs = (TensorSpec("x", ("batch", 3, 4)),)

    def __init__(self, kind: str, kept: bool = False) -> None:
        super().__init__("recurrent")
        self.dense = nn.Linear(4, 4)
        cell = kind.endswith("Cell")
        self.rec = getattr(nn, kind)(4, 4, **({} if cell else {"batch_first": True}))
        self.cell, self.kept = cell, kept

    def forward(self, x: torch.Tensor) -> Any:
        x = self.dense(x)
        found = self.rec(x[:, 0] if self.cell else x)
        return found if isinstance(found, torch.Tensor) else found[0]

    def float_layers(self) -> list[nn.Module]:
        return [self.rec] if self.kept else []


LONG, CELLS = ("LSTM", "GRU", "RNN"), ("LSTMCell", "GRUCell", "RNNCell")
NEVER = {
    **{"W1": LONG[:2], "OpenVINO": LONG[:2], "W2": LONG[:2]},
    **dict.fromkeys(("Inductor", "TorchScript"), (*LONG, *CELLS)),
}


@pytest.mark.parametrize("workflow", NEVER)
@pytest.mark.parametrize("kind", [*LONG, *CELLS])
def test_recurrent_layers_of_code(workflow: str, kind: str) -> None:
    one = WORKFLOWS[workflow]()
    for precision in one.precisions:
        told = str(one.network_gap(Recurrent(kind), precision))
        cell = (workflow, precision) == ("TorchScript", "dyn8") and kind in CELLS
        if cell or (kind in NEVER[workflow] and precision.startswith("int")):
            assert told == (
                f"{one.title} has no {precision} form of {kind} (rec); "
                "to enable: name these layers in float_layers() of the model"
            )
        else:
            assert told == "None"
        assert one.network_gap(Recurrent(kind, kept=True), precision) is None


@pytest.mark.parametrize("kind", [*LONG, "LSTMCell"])
@pytest.mark.parametrize("kept", [False, True])
def test_w1_builds_what_is_no_gap_and_nothing_else(tmp_path: Path, kind: str, kept: bool) -> None:
    model = Recurrent(kind, kept).eval()
    spec = EngineSpec("int8", model.bound_inputs())
    x = np.random.default_rng(0).normal(size=(1, 3, 4)).astype(np.float32)
    store, calls = Store(tmp_path), Calibration("x", lambda: [(x,), (-x,)])
    source = Source("recurrent", lambda: model)
    if WORKFLOWS["W1"]().network_gap(model, "int8"):
        with pytest.raises(BuildError, match=rf"1 of 2 layers .* rec/\S+ \({kind},"):
            build_artifact("W1", source, spec, calls, store)
        return
    facts = build_artifact("W1", source, spec, calls, store).manifest["facts"]
    assert set(facts["layers"]) == ({"INT8", "FLOAT"} if kept else {"INT8"})


def test_recurrent_layers_of_files(gap: Gap) -> None:
    weights = [
        numpy_helper.from_array(np.ones(sizes, np.float32), name)
        for name, sizes in (("w", (1, 2, 4)), ("r", (1, 2, 2)))
    ]
    rnn = helper.make_node("RNN", ["x", "w", "r"], ["y"], "steps", hidden_size=2)
    model = linear([rnn], [value("y", [3, 1, 1, 2])], weights, [value("x", [3, 1, 4])])
    for workflow, precision in (("W1", "int16"), ("OpenVINO", "int8"), ("W2", "int8")):
        told = gap(model, workflow, precision)
        assert f"has no {precision} form of RNN (steps); to enable: name them in the file" in told
        assert told.endswith("options: float=steps")
        assert gap(model, workflow, precision, "?float=steps") == "None"
    assert gap(model, "W1", "fp16") == "None"
    model.graph.node[0].name = ""  # as the build would call it
    assert gap(model, "W1", "int8").endswith("options: float=RNN_0")
    assert gap(model, "W1", "int8", "?float=RNN_0") == "None"
    program = torch.export.export(Recurrent("LSTM").eval(), (torch.rand(1, 3, 4),))
    told = gap(program, "W1", "int8")
    assert "no int8 form of LSTM (lstm); to enable: pass the network as an ONNX file" in told
    assert gap(program, "W1", "int8", "?float=node_lstm__2") == "None"
