"""TorchScript: what its files hold, how close they come, and what is refused."""

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import sdvbench
from sdvbench.errors import BuildError
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.models.file_network import file_network
from sdvbench.models.given_files import given_file
from sdvbench.quantization.script import RULE
from sdvbench.store import Artifact, Store
from sdvbench.tensors import Array, Inputs, TensorSpec
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows import torchscript as workflow
from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
from sdvbench.workflows.build import artifact_recipe, build_artifact
from sdvbench.workflows.loading import load_engine
from tests.session.test_gaps_of_layers import Recurrent
from tests.workflows.networks import network

pytestmark = pytest.mark.skipif(
    WORKFLOWS["TorchScript"]().gap(EngineSpec.for_images("int8")) is not None,
    reason="PyTorch's quantized engine here is not for x86",
)
CONVOLUTIONS = [f"seen.{place}" for place in (0, 2, 4, 6, 8)]
# The mean error as a share of the mean magnitude of an output, and what the manifest says.
PILOTNET = {
    "fp32": (1e-6, {"layers": {"FLOAT": 10}, "float_layers": []}),
    "dyn8": (
        0.05,
        {
            "layers": {"FLOAT": 5, "INT8 weights": 5},
            "float_layers": CONVOLUTIONS,
            "float_because": RULE,
        },
    ),
    "int8": (0.05, {"layers": {"INT8": 9, "FLOAT": 1}, "float_layers": ["command"]}),
}


def examples(model: Network, count: int = 4) -> list[Inputs]:
    inputs = model.bound_inputs()
    return [tuple(v.numpy() for v in model.example(inputs, seed)) for seed in range(count)]


def artifact(model: Network, precision: str, store: Store, **options: Any) -> Artifact:
    spec = EngineSpec(precision, model.bound_inputs(), options=options)
    calibration = Calibration("examples", lambda: examples(model))
    return build_artifact(
        "TorchScript", Source(model_digest(model), lambda: model), spec, calibration, store
    )


def outputs(model: Network, precision: str, store: Store) -> Array:
    """Those of the engine for ``examples``."""
    folder = artifact(model, precision, store).folder
    with load_engine("TorchScript", folder, EngineSpec(precision, model.bound_inputs())) as engine:
        return np.stack([engine(*call) for call in examples(model)])


@pytest.fixture(scope="module")
def pilotnet() -> Network:
    model: Network = sdvbench.load_model("pilotnet")
    return model


@pytest.mark.parametrize("precision", PILOTNET)
def test_pilotnet_computes_what_pytorch_does(
    pilotnet: Network, store: Store, precision: str
) -> None:
    bound, facts = PILOTNET[precision]
    assert artifact(pilotnet, precision, store).manifest["facts"] == facts
    with torch.inference_mode():
        exact = np.stack([pilotnet(*map(torch.from_numpy, c)) for c in examples(pilotnet)])
    error = np.abs(outputs(pilotnet, precision, store) - exact).mean() / np.abs(exact).mean()
    assert error < bound
    if precision != "fp32":
        assert error > 1e-5  # it is not fp32 under another name


def test_int8_fuses_what_it_can(pilotnet: Network, store: Store) -> None:
    folder = artifact(pilotnet, "int8", store).folder
    graph = workflow._loaded(folder / workflow.FILE, "int8").inlined_graph
    kinds = [node.kind() for node in graph.nodes()]
    assert kinds.count("quantized::conv2d_relu") == 5
    assert kinds.count("quantized::linear_relu") == 4
    assert "aten::relu" not in kinds


def test_the_other_pilotnet_pads_and_scales_as_before(store: Store) -> None:
    model: Network = sdvbench.load_model("pilotnet_tf")
    with torch.inference_mode():
        exact = np.stack([model(*map(torch.from_numpy, call)) for call in examples(model)])
    assert artifact(model, "int8", store).manifest["facts"]["layers"] == {"INT8": 9, "FLOAT": 1}
    error = np.abs(outputs(model, "int8", store) - exact).mean() / np.abs(exact).mean()
    assert 1e-5 < error < 0.05


def test_detectors_keep_what_decodes_boxes(built: Any, nano: Any, image: Any) -> None:
    with torch.inference_mode():
        exact = nano(torch.from_numpy(image)).numpy()
    with built("TorchScript", "fp32") as engine:
        np.testing.assert_allclose(engine(image), exact, rtol=1e-3, atol=1e-3)
    with built("TorchScript", "int8") as engine:
        error = np.abs(engine(image) - exact)
    assert error[..., 4:].max() < 0.3
    assert 0.01 < error[..., :4].mean() < 5  # pixels
    told = str(WORKFLOWS["TorchScript"]().network_gap(nano, "dyn8"))
    assert "lowers dense layers, of which yolov5n has none to lower; to enable: use int8" in told
    with pytest.raises(BuildError, match=rf"is no dyn8: .* are 60 FLOAT; {RULE}"):
        built("TorchScript", "dyn8")


def test_nothing_is_printed_or_warned_of(
    pilotnet: Network, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for precision in PILOTNET:
            outputs(pilotnet, precision, Store(tmp_path))
    assert capfd.readouterr() == ("", "")


class Functional(Network):
    """A dense layer that is no module, behind one that is."""

    inputs = (TensorSpec("x", ("batch", 8)),)

    def __init__(self) -> None:
        super().__init__("functional")
        self.layer = nn.Linear(8, 8)
        self.weight = nn.Parameter(torch.eye(8) * 0.7)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(self.layer(x), self.weight)


def test_a_layer_that_stays_float_against_the_model_s_word_is_refused(
    pilotnet: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    functional = Functional().eval()
    assert artifact(functional, "int8", Store(tmp_path)).manifest["facts"]["layers"] == {"INT8": 2}
    with pytest.raises(BuildError, match=r"is no dyn8: .* be: aten::linear_\d+ \(FLOAT\)\. Name"):
        artifact(functional, "dyn8", Store(tmp_path))
    real = torch.ao.quantization.get_default_qconfig_mapping
    monkeypatch.setattr(
        "torch.ao.quantization.get_default_qconfig_mapping",
        lambda engine: real(engine).set_module_name("known.2", None),
    )
    with pytest.raises(BuildError, match=r"is no int8: .* 2 FLOAT; .* be: known\.2\.0 \(FLOAT"):
        artifact(pilotnet, "int8", Store(tmp_path))


@pytest.mark.parametrize("precision", PILOTNET)
def test_branches_that_depend_on_values_are_refused(precision: str, tmp_path: Path) -> None:
    model = network("dense")
    forward = model.forward
    model.forward = lambda x: forward(x if float(x.sum()) > 0 else -x)  # type: ignore[method-assign]
    with pytest.raises(BuildError, match=rf"cannot be made {precision} in TorchScript \("):
        artifact(model, precision, Store(tmp_path))


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"])
@pytest.mark.parametrize("precision", PILOTNET)
def test_what_is_no_gap_is_built(kind: str, kept: bool, precision: str, tmp_path: Path) -> None:
    model = Recurrent(kind, kept).eval()
    if WORKFLOWS["TorchScript"]().network_gap(model, precision):
        with pytest.raises(BuildError, match=rf"is no {precision}: .* rec \(FLOAT\)"):
            artifact(model, precision, Store(tmp_path))
    else:
        facts = artifact(model, precision, Store(tmp_path)).manifest["facts"]
        assert set(facts["float_layers"]) == (set() if precision == "fp32" else {"rec"})


def test_a_program_in_a_file_is_traced(tmp_path: Path) -> None:
    model = network("two_inputs")
    program = torch.export.export(model, model.example(model.bound_inputs()))
    torch.export.save(program, tmp_path / "net.pt2")
    given = file_network(given_file("mine", "net.pt2", tmp_path))
    store, call = Store(tmp_path / "store"), examples(model)[0]
    with sdvbench.build(given, "TorchScript", store=store) as engine, torch.inference_mode():
        for found, exact in zip(engine(*call), model(*map(torch.from_numpy, call)), strict=True):
            np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-6)
    assert "no int8 engine of a .pt2 file" in str(
        WORKFLOWS["TorchScript"]().file_gap("pt2", "int8")
    )


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


@pytest.mark.parametrize(
    "damage",
    [cut, lambda file: file.write_bytes(b"no archive"), lambda file: file.write_bytes(b"")],
)
def test_a_damaged_file_is_told(
    damage: Callable[[Path], Any], pilotnet: Network, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(artifact(pilotnet, "int8", store).folder, folder)
    damage(folder / workflow.FILE)
    with pytest.raises(BuildError, match=r"model\.pt: TorchScript cannot load it \(.*Build it ag"):
        load_engine("TorchScript", folder, EngineSpec("int8", pilotnet.bound_inputs()))


@pytest.mark.parametrize(
    ("machine", "spec", "told"),
    [
        ("x86_64", {"precision": "fp32", "device": "cuda"}, "on CPUs only, not on cuda; to enable"),
        ("aarch64", {"precision": "int8"}, "int8 is for x86 CPUs; to enable: use TorchScript-fp32"),
        ("aarch64", {"precision": "fp32"}, "None"),
        ("x86_64", {"precision": "int8"}, "None"),
    ],
)
def test_what_is_missing_is_told(
    machine: str, spec: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert told in str(WORKFLOWS["TorchScript"]().gap(EngineSpec.for_images(**spec)))


def recipe(precision: str, calibration: str = "some") -> Any:
    spec = EngineSpec(precision, network("dense").bound_inputs())
    given = Calibration(calibration, lambda: [])
    request = BuildRequest(Source("digest", lambda: network("dense")), spec, given, Store())
    return artifact_recipe("TorchScript", WORKFLOWS["TorchScript"](), request)


def test_keys_depend_on_calibration_where_ranges_come_from_it() -> None:
    assert not WORKFLOWS["TorchScript"].by_default
    for precision in PILOTNET:
        same = recipe(precision) == recipe(precision, "others")
        assert same == (precision != "int8")


def test_where_products_overflow_activations_have_7_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quantized(bits: int) -> tuple[Any, Array]:
        monkeypatch.setattr(workflow, "sums_in_16_bits", lambda: bits == 7)
        folder = artifact(network("dense"), "int8", Store(tmp_path)).folder
        module = workflow._loaded(folder / workflow.FILE, "int8")
        found = outputs(network("dense"), "int8", Store(tmp_path))
        return recipe("int8"), float(module.layer_input_scale_0), found

    (seven, wide, coarse), (eight, narrow, fine) = quantized(7), quantized(8)
    assert seven != eight
    assert wide > 1.5 * narrow
    assert not np.array_equal(coarse, fine)
    assert [*recipe("fp32")["built with"]] == ["torch"]


def test_the_process_s_quantized_engine_is_left_and_does_not_matter(
    pilotnet: Network, store: Store
) -> None:
    backend: Any = torch.backends.quantized
    before, usual = backend.engine, outputs(pilotnet, "int8", store)
    try:
        backend.engine = "qnnpack"
        np.testing.assert_array_equal(outputs(pilotnet, "int8", store), usual)
        assert backend.engine == "qnnpack"
    finally:
        backend.engine = before


def test_threads_are_as_asked(store: Store) -> None:
    before = torch.get_num_threads()
    try:
        with sdvbench.build(network("dense"), "TorchScript", store=store, threads=1) as engine:
            torch.set_num_threads(2)
            engine(*examples(network("dense"))[0])
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
