"""Networks of other inputs, outputs and layers than a detector's, held to PyTorch."""

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import sdvbench
from sdvbench.errors import BuildError
from sdvbench.measurement.latency import measure
from sdvbench.measurement.memory import run_fresh
from sdvbench.models import MODELS, save_model
from sdvbench.store import Store
from sdvbench.tensors import Inputs
from sdvbench.workflows.build import build_artifact
from tests.workflows.conftest import skip_without_openvino
from tests.workflows.networks import NETWORKS, network

# The largest mean error, as a share of the mean magnitude of an output.
BOUNDS = {
    ("Wd", "fp32"): 1e-6,
    ("Wd", "fp16"): 2e-3,
    ("W1", "fp32"): 1e-6,
    ("W1", "fp16"): 2e-3,
    ("W1", "int16"): 1e-3,
    ("W1", "int8"): 0.1,
    ("OpenVINO", "fp32"): 1e-6,
    ("OpenVINO", "int8"): 0.1,
    ("Inductor", "fp32"): 1e-6,
    ("Inductor", "dyn8"): 0.1,
    ("Inductor", "int8"): 0.1,
    ("TorchScript", "fp32"): 1e-6,
    ("TorchScript", "dyn8"): 0.1,
    ("TorchScript", "int8"): 0.1,
}
# Each takes a C++ compiler ten seconds, or more: whole numbers, several inputs, and all layers.
COMPILED = {
    ("Inductor", "fp32"): ["words"],
    ("Inductor", "dyn8"): ["float_end"],
    ("Inductor", "int8"): ["two_inputs"],
}
BUILT = [(*made, name) for made in BOUNDS for name in COMPILED.get(made, NETWORKS)]
CALLS = 8


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, create in NETWORKS.items():
        place = f"{create.__module__}:{create.__name__}"
        entry = EntryPoint(name, place, "sdvbench.models")
        monkeypatch.setitem(MODELS._places, name, entry)


@pytest.fixture(scope="module")
def examples() -> Callable[[str], list[Inputs]]:
    """The inputs of some calls, by the network's name."""

    def make(name: str) -> list[Inputs]:
        model = network(name)
        inputs = model.bound_inputs(batch=2)
        calls = [model.example(inputs, seed) for seed in range(CALLS)]
        return [tuple(value.numpy() for value in call) for call in calls]

    return make


def as_tuple(outputs: Any) -> tuple[NDArray[Any], ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


@pytest.mark.parametrize(("workflow", "precision", "name"), BUILT)
def test_every_network_computes_what_pytorch_does(
    store: Store,
    examples: Callable[[str], list[Inputs]],
    name: str,
    workflow: str,
    precision: str,
) -> None:
    if workflow == "OpenVINO":
        skip_without_openvino(precision)
    model, calls = network(name), examples(name)
    with torch.inference_mode():
        exact = [as_tuple(model(*map(torch.from_numpy, call))) for call in calls]
    engine = sdvbench.build(model, workflow, precision, batch=2, calibration=calls, store=store)
    with engine:
        found = [as_tuple(engine(*call)) for call in calls]
        assert len(measure(engine, calls, rounds=3).seconds) == 3
    for place in range(len(exact[0])):
        wanted = np.stack([outputs[place].numpy() for outputs in exact])
        given = np.stack([outputs[place] for outputs in found])
        assert given.dtype == np.float32
        error = np.abs(given - wanted).mean() / np.abs(wanted).mean()
        assert error < BOUNDS[workflow, precision]
        if precision != "fp32":
            assert error > 1e-7  # it is not fp32 under another name


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_the_manifest_lists_what_stays_float(
    store: Store, examples: Callable[[str], list[Inputs]], precision: str
) -> None:
    kind = {"fp16": "FLOAT16", "int8": "INT8"}[precision]
    facts = facts_of("float_end", precision, store, examples)
    assert facts["layers"] == {kind: 3, "FLOAT": 1}
    assert [layer.partition("/")[0] for layer in facts["float_layers"]] == ["steering"]
    facts = facts_of("two_inputs", precision, store, examples)
    assert facts == {"layers": {kind: 4}, "float_layers": []}


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_a_layer_that_stays_float_against_the_model_s_word_is_refused(
    store: Store,
    examples: Callable[[str], list[Inputs]],
    precision: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As before dense layers were quantized: everything after the last convolution in float."""
    from sdvbench.quantization import half, layers, static

    def convolutions_only(graph: Any, kept: Any = ()) -> set[int]:
        body = layers.lowered(graph, kept)
        return {i for i in body if graph.node[i].op_type in ("Conv", "Relu")}

    monkeypatch.setattr(half, "lowered", convolutions_only)
    monkeypatch.setattr(static, "lowered", convolutions_only)
    name = "two_inputs"
    with pytest.raises(BuildError, match=r"2 of 4 layers with weights are not: .*steering/"):
        facts_of(name, precision, Store(store.root / f"convolutions {precision}"), examples)


def facts_of(
    name: str, precision: str, store: Store, examples: Callable[[str], list[Inputs]]
) -> Any:
    from sdvbench.models.digest import model_digest
    from sdvbench.workflows.base import Calibration, EngineSpec, Source

    model, calls = network(name), examples(name)
    source = Source(model_digest(model), lambda: model)
    spec = EngineSpec(precision, model.bound_inputs(batch=2), batch=2)
    calibration = Calibration(f"examples of {name}", lambda: calls)
    return build_artifact("W1", source, spec, calibration, store).manifest["facts"]


def test_a_fresh_process_measures_them_too(
    store: Store, examples: Callable[[str], list[Inputs]]
) -> None:
    from sdvbench.models.digest import model_digest
    from sdvbench.workflows.base import EngineSpec, Source

    model = network("words")
    spec = EngineSpec("fp32", model.bound_inputs(batch=2), batch=2)
    artifact = build_artifact("W1", Source(model_digest(model), lambda: model), spec, None, store)
    assert run_fresh("W1", artifact.folder, spec).private_memory_mb > 0
    assert run_fresh("W1", artifact.folder, spec, examples("words")[0]).private_memory_mb > 0


def test_inputs_that_do_not_fit_are_refused(
    store: Store, examples: Callable[[str], list[Inputs]]
) -> None:
    with sdvbench.build(network("two_inputs"), "W1", batch=2, store=store) as engine:
        image, speed = examples("two_inputs")[0]
        for wrong in ((image,), (speed, image), (image, speed[:1]), (image, speed, speed)):
            with pytest.raises(BuildError, match=r"for image float32 \(2, 3, 24, 40\), speed"):
                engine(*wrong)


def test_files_of_them_are_read_back(tmp_path: Path) -> None:
    model = network("words")
    save_model(model, tmp_path / "words.safetensors")
    again = sdvbench.load_model("words", tmp_path / "words.safetensors")
    example = model.example(model.bound_inputs())
    with torch.inference_mode():
        assert torch.equal(again(*example), model(*example))
        seeded = sdvbench.load_model("words")
        assert torch.equal(seeded(*example), model(*example))


def test_a_value_that_only_the_given_network_holds_is_not_lost(store: Store) -> None:
    """Wd makes the network anew of its registered class, where it would have another value."""
    model = network("dense")
    model.gain = 100.0
    with pytest.raises(BuildError, match="or a value that a layer holds, was replaced"):
        sdvbench.build(model, "Wd", store=store)
