"""OpenVINO: right outputs, in the precision that it is named after, or a refusal."""

import hashlib
import json
import re
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import sdvbench
from sdvbench.errors import BuildError
from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.models.file_network import file_network
from sdvbench.models.given_files import given_file
from sdvbench.quantization import layers
from sdvbench.store import Artifact, Store
from sdvbench.tensors import Images
from sdvbench.workflows import openvino as workflow
from sdvbench.workflows import openvino_layers
from sdvbench.workflows.base import Calibration, EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from tests.workflows.conftest import skip_without_openvino

openvino = pytest.importorskip("openvino")
SQUARE = (64, 64)


@pytest.fixture
def artifact(nano: Detector, store: Store, calibration: Images) -> Any:
    """Of the small model at 64 x 64, from the shared store unless another is given."""

    def build(precision: str, store: Store = store) -> Artifact:
        spec = EngineSpec.for_images(precision, 64)
        given = Calibration(identity, lambda: [(image[None],) for image in calibration])
        return build_artifact("OpenVINO", source, spec, given, store)

    identity = hashlib.sha256(calibration.tobytes()).hexdigest()  # as of what ``built`` makes
    source = Source(model_digest(nano), lambda: nano)
    return build


@pytest.mark.parametrize(
    ("precision", "options", "most_score", "mean_px"),
    [("fp32", {}, 2e-5, 5e-4), ("int8", {}, 0.3, 5), ("int8", {"quantization": "paper"}, 0.3, 5)],
)
@pytest.mark.parametrize("size", [SQUARE, (32, 128)])
def test_it_agrees_with_pytorch(
    built: Any,
    nano: Detector,
    calibration: Images,
    size: tuple[int, int],
    precision: str,
    options: dict[str, Any],
    most_score: float,
    mean_px: float,
) -> None:
    skip_without_openvino(precision)
    images = calibration if size == SQUARE else (1 - calibration).reshape(-1, 3, *size)
    with torch.inference_mode():
        exact = nano(torch.from_numpy(images[:1])).numpy()
    with built("OpenVINO", precision, imgsz=size, calibration=images, **options) as engine:
        outputs, flipped = engine(images[:1]), engine(images[:1, ..., ::-1])
        assert not np.array_equal(outputs, flipped)
        np.testing.assert_array_equal(engine(images[:1, ..., ::-1].copy()), flipped)
        np.testing.assert_array_equal(engine(images[:1]), outputs)  # calls leave them alone
        engine.close()
    assert outputs.dtype == np.float32
    error = np.abs(outputs - exact)
    assert error[..., 4:].max() < most_score
    assert error[..., :4].mean() < mean_px
    if precision != "fp32":
        assert error.max() > 1e-2


def test_int8_computes_what_onnx_runtime_does_of_signed_activations(
    built: Any, image: Images
) -> None:
    skip_without_openvino("int8")
    with (
        built("W1", "fp32") as exact,
        built("W1", "int8", quantization="tensorrt") as signed,
        built("OpenVINO", "int8") as engine,
    ):
        lost = np.abs(signed(image) - exact(image)).mean()
        assert np.abs(engine(image) - signed(image)).mean() < lost / 4


def test_the_manifest_says_what_layers_run_in(artifact: Any) -> None:
    facts = artifact("fp32").manifest["facts"]
    assert facts == {"layers": {"f32": 60}, "float_layers": []}
    skip_without_openvino("int8")
    facts = artifact("int8").manifest["facts"]
    assert facts["layers"].pop("f32") == 3
    assert set(facts["layers"]) <= {"u8", "i8"}
    assert sum(facts["layers"].values()) == 57
    kept = [layer.partition("/")[0] for layer in facts["float_layers"]]
    assert kept == ["model.24.m.0", "model.24.m.1", "model.24.m.2"]


def test_weights_are_stored_in_their_precision(artifact: Any, nano: Detector) -> None:
    count = sum(value.numel() for value in nano.parameters())
    assert artifact("fp32").path("model.bin").stat().st_size > 3.9 * count
    skip_without_openvino("int8")
    assert artifact("int8").path("model.bin").stat().st_size < 1.5 * count


def test_weights_count_as_memory_of_the_process(artifact: Any) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("no /proc here")
    folder = artifact("fp32").folder
    with workflow.OpenVino().load(folder, EngineSpec.for_images("fp32", 64)):
        assert str(folder / "model.bin") not in maps.read_text()


def test_what_runs_in_another_type_is_not_loaded(artifact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(artifact("fp32").folder, folder)
    wanted = json.loads((folder / workflow.LAYERS).read_text())
    first = next(iter(wanted))
    for changed, told in (
        ({**wanted, first: ["Conv", "INT8"]}, rf"1 of 60 .*: {first} \(f32, not u8\)\."),
        ({**wanted, "model.99/node": ["Conv", "FLOAT"]}, r"what 1 of 61 .* in, model\.99/node for"),
    ):
        (folder / workflow.LAYERS).write_text(json.dumps(changed))
        with pytest.raises(BuildError, match=told):
            workflow.OpenVino().load(folder, EngineSpec.for_images("fp32", 64))


class Compiled:
    """What OpenVINO says of what it runs: kind, type and the names that it remembers."""

    def __init__(self, *told: tuple[str, str, str]) -> None:
        self.told = told

    def get_runtime_model(self) -> Any:
        return self

    def get_ops(self) -> Any:
        for order, (kind, ran, names) in enumerate(self.told):
            facts = {"layerType": kind, "runtimePrecision": ran, "originalLayersNames": names}
            values = {**facts, "execOrder": str(order)}
            shown = {name: SimpleNamespace(value=value) for name, value in values.items()}
            yield SimpleNamespace(get_rt_info=lambda shown=shown: shown)


def test_a_layer_without_its_name_runs_as_all_such_of_its_kind() -> None:
    operators = {"a": "Conv", "b": "Conv", "c": "ConvTranspose", "d": "Gemm"}
    told = (
        ("Convolution", "u8", "a,Relu_1"),
        ("Convolution", "u8", "Multiply_2,BatchNormalization_3"),
        ("Deconvolution", "f32", "Multiply_4"),
        ("FullyConnected", "u8", "d"),
        ("FullyConnected", "f32", "Multiply_5"),
    )
    found = openvino_layers.running_in(Compiled(*told), operators)
    assert found == {"a": "u8", "b": "u8", "c": "f32", "d": "u8"}
    mixed = openvino_layers.running_in(Compiled(*told, ("Convolution", "f32", "Add_6")), operators)
    assert mixed == {**found, "b": "unknown"}


def test_an_operator_of_no_kind_of_layer_is_known_by_its_name_or_not(
    store: Store, tmp_path: Path
) -> None:
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Einsum", ["x", "w"], ["y"], name="ein", equation="bi,io->bo")],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 4])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4])],
        [onnx.numpy_helper.from_array(np.ones((4, 4), np.float32), "w")],
    )
    opsets = [onnx.helper.make_opsetid("", 17)]
    onnx.save(
        onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9), tmp_path / "e.onnx"
    )
    network = file_network(given_file("mine", "e.onnx", tmp_path))
    with sdvbench.build(network, "OpenVINO", store=store) as engine:
        assert engine.layers == {"ein": "f32"}
        assert engine(np.ones((1, 4), np.float32)).tolist() == [[4] * 4]
    found = openvino_layers.running_in(Compiled(("MatMul", "f32", "other")), {"ein": "Einsum"})
    with pytest.raises(BuildError, match=r"does not tell what 1 of 1 layers .* run in, ein for"):
        openvino_layers.check_types(found, {"ein": ("f32",)}, "fp32")


def test_what_would_run_in_another_type_is_not_built(
    artifact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quantized(graph: Any) -> list[layers.Layer]:
        return [layers.Layer(n.name, n.op_type, "INT8") for n in graph.node if n.op_type == "Conv"]

    monkeypatch.setattr(layers, "layers", quantized)
    with pytest.raises(BuildError, match=r"60 of 60 layers .* and 55 more\. Pass the float32"):
        artifact("fp32", Store(tmp_path / "store"))


def test_another_precision_than_was_set_is_refused(
    artifact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a CPU with bfloat16 where nothing is set."""
    real = openvino.Core.compile_model

    def compile_model(core: Any, file: Any, device: str, settings: dict[str, Any]) -> Any:
        compiled = real(core, file, device, {**settings, "INFERENCE_PRECISION_HINT": "bf16"})
        if compiled.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32:
            pytest.skip("OpenVINO does not compute in bfloat16 on this CPU")
        return compiled

    folder = artifact("fp32").folder
    monkeypatch.setattr(openvino.Core, "compile_model", compile_model)
    with pytest.raises(BuildError, match="OpenVINO: computes in bf16 in spite"):
        workflow.OpenVino().load(folder, EngineSpec.for_images("fp32", 64))


def test_a_damaged_file_is_told(artifact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(artifact("fp32").folder, folder)
    (folder / workflow.FILE).write_text("<net")
    with pytest.raises(BuildError, match=r"model\.xml: OpenVINO cannot load it \(Unable to read"):
        workflow.OpenVino().load(folder, EngineSpec.for_images("fp32", 64))


def test_threads_are_as_asked_and_do_not_spin(built: Any, image: Images) -> None:
    with built("OpenVINO", "fp32", threads=1) as one, built("OpenVINO", "fp32", threads=2) as two:
        for engine, count in ((one, 1), (two, 2)):
            assert engine._compiled.get_property("INFERENCE_NUM_THREADS") == count
            assert not engine._compiled.get_property("ENABLE_CPU_PINNING")
        assert np.abs(one(image) - two(image)).max() < 1e-3
        two(image)
        before, begin = time.process_time(), time.perf_counter()
        time.sleep(0.2)
        spent, slept = time.process_time() - before, time.perf_counter() - begin
    assert spent < slept / 4  # a thread that spins would take all of it


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            EngineSpec.for_images("fp32", device="cuda"),
            r"on CPUs only, not on cuda; .* add --sdv-device cpu",
        ),
        (
            EngineSpec.for_images("int8"),
            r"no VNNI.*; to enable: add --sdv-option OpenVINO.quantization=paper",
        ),
        (EngineSpec.for_images("int8", options={"quantization": "paper"}), "None"),
        (EngineSpec.for_images("fp32"), "None"),
    ],
)
def test_what_is_missing_is_told(
    spec: EngineSpec, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "sums_in_16_bits", lambda: True)
    assert re.search(told, str(workflow.OpenVino().gap(spec)))


@pytest.mark.parametrize(("package", "extra"), [("openvino", "openvino"), ("onnxruntime", "cpu")])
def test_an_absent_package_is_told(
    package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "find_spec", lambda n: None if n == package else find_spec(n))
    gap = str(workflow.OpenVino().gap(EngineSpec.for_images("int8")))
    assert package in gap
    assert gap.endswith(f"not installed; to enable: pip install 'sdvbench[{extra}]'")
