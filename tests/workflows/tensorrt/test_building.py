"""W2 as far as NVIDIA's parser and builder go without a GPU: what they take, refuse and tell."""

import dataclasses
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from sdvbench.errors import BuildError
from sdvbench.store import Store
from sdvbench.tensors import Images
from sdvbench.workflows.base import BuildRequest, EngineSpec
from sdvbench.workflows.build import build_artifact
from tests.workflows.tensorrt.conftest import SIDE_PX, OnnxFile

PRUNINGS = ("orig", "PL", "PS", "PG")
# YOLOv5n's 60 convolutions; the last three stay float in int8.
CONVOLUTIONS = {
    "fp32": {"CONVOLUTION FLOAT": 60},
    "fp16": {"CONVOLUTION HALF": 60},
    "int8": {"CONVOLUTION FLOAT": 3, "CONVOLUTION INT8": 57},
}

pytestmark = [
    pytest.mark.usefixtures("trt"),
    # TensorRT for RTX keeps no timings; the full TensorRT does, through the same calls.
    pytest.mark.filterwarnings("ignore:.*Timing cache operations:DeprecationWarning"),
]


def spec_of(precision: str) -> EngineSpec:
    return EngineSpec.for_images(precision, SIDE_PX, device="cuda")


@pytest.mark.parametrize("precision", CONVOLUTIONS)
@pytest.mark.parametrize("pruning", PRUNINGS)
def test_every_pruning_and_precision_builds(
    onnx_file: OnnxFile, pruning: str, precision: str
) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    plan = build_plan(onnx_file(pruning, precision), spec_of(precision))
    assert len(plan.data) > 1_000_000
    found = {name: count for name, count in plan.layers.items() if "CONVOLUTION" in name}
    assert found == CONVOLUTIONS[precision]


@pytest.mark.parametrize("precision", CONVOLUTIONS)
def test_inputs_and_outputs_are_float32_in_every_precision(
    trt: ModuleType, onnx_file: OnnxFile, precision: str
) -> None:
    from sdvbench.workflows.tensorrt.building import parse
    from sdvbench.workflows.tensorrt.library import MESSAGES

    MESSAGES.forget()
    network = parse(trt.Builder(MESSAGES), onnx_file("orig", precision))
    assert (network.num_inputs, network.num_outputs) == (1, 1)
    images, detections = network.get_input(0), network.get_output(0)
    assert (images.name, images.dtype) == ("images", trt.DataType.FLOAT)
    assert tuple(images.shape) == (1, 3, SIDE_PX, SIDE_PX)
    assert (detections.name, detections.dtype) == ("detections", trt.DataType.FLOAT)
    assert tuple(detections.shape) == (1, 252, 85)
    assert MESSAGES.errors == [] or all("Cuda" in told for told in MESSAGES.errors)


def test_the_settings_are_the_paper_s_steps(trt: ModuleType, onnx_file: OnnxFile) -> None:
    from sdvbench.workflows.tensorrt.building import configure, parse
    from sdvbench.workflows.tensorrt.library import MESSAGES

    builder = trt.Builder(MESSAGES)
    network = parse(builder, onnx_file("orig", "fp32"))
    spec = dataclasses.replace(spec_of("fp32"), options={"workspace_mb": 64})
    config = configure(builder, network, spec)
    assert not config.get_flag(trt.BuilderFlag.TF32)
    assert config.get_memory_pool_limit(trt.MemoryPoolType.WORKSPACE) == 64 << 20
    assert config.num_optimization_profiles == 1


def test_what_the_parser_refuses_is_told_with_node_and_reason(onnx_file: OnnxFile) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    file = onnx_file("orig", "int8", "paper")
    with pytest.raises(BuildError) as error:
        build_plan(file, spec_of("int8"))
    told = str(error.value)
    assert told.startswith(f"{file}: tensorrt")
    assert "parser refuses node 'model.0.conv.bias_DequantizeLinear' (DequantizeLinear): " in told
    assert "input has type Int32" in told
    assert "\n" not in told
    assert "Cuda" not in told


def test_a_file_that_is_no_onnx_is_told(tmp_path: Path) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    file = tmp_path / "model.onnx"
    file.write_bytes(b"no ONNX")
    with pytest.raises(BuildError, match=r"model\.onnx: .*refuses it: .*Failed to parse the ONNX"):
        build_plan(file, spec_of("fp32"))


def test_another_precision_than_asked_for_is_refused(onnx_file: OnnxFile) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    for asked, given in (("fp16", "fp32"), ("int8", "fp32"), ("fp32", "fp16")):
        with pytest.raises(BuildError, match=f"is no {asked} network: it has 60 CONVOLUTION"):
            build_plan(onnx_file("orig", given), spec_of(asked))


def test_an_output_of_half_precision_is_refused(onnx_file: OnnxFile, tmp_path: Path) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    model = onnx.load(onnx_file("orig", "fp16"))
    (output,) = model.graph.output
    half = onnx.helper.make_tensor_value_info("half", onnx.TensorProto.FLOAT16, [1, 252, 85])
    model.graph.node.append(
        onnx.helper.make_node("Cast", [output.name], ["half"], to=onnx.TensorProto.FLOAT16)
    )
    model.graph.output[0].CopyFrom(half)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(BuildError, match="its outputs are half HALF, not FLOAT"):
        build_plan(tmp_path / "other.onnx", spec_of("fp16"))


@pytest.mark.parametrize("timings", [b"", b"no timings", bytes(4096)])
def test_timings_that_do_not_fit_are_begun_anew(onnx_file: OnnxFile, timings: bytes) -> None:
    from sdvbench.workflows.tensorrt.building import build_plan

    plan = build_plan(onnx_file("orig", "fp32"), spec_of("fp32"), timings)
    assert build_plan(onnx_file("orig", "fp32"), spec_of("fp32"), plan.timings).data


@pytest.fixture
def pretended_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this machine had a GPU, until something would run on it."""
    monkeypatch.setattr("sdvbench.workflows.nvidia.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("sdvbench.workflows.nvidia.cuda_gap", lambda spec: None)
    monkeypatch.setattr("sdvbench.workflows.w2_torch_onnx_tensorrt.on_gpu", nullcontext)
    monkeypatch.setattr("sdvbench.workflows.nvidia.gpu", lambda device: "a GPU that is not there")


@pytest.mark.usefixtures("pretended_gpu")
def test_an_artifact_holds_plan_and_file_and_is_bound_to_the_gpu(
    request_for: Callable[[str, str], BuildRequest],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = request_for("orig", "fp16")

    def build() -> Any:
        return build_artifact("W2", request.source, request.spec, request.calibration, store)

    artifact = build()
    assert artifact.files == ("model.onnx", "model.plan")
    assert artifact.manifest["facts"]["layers"]["CONVOLUTION HALF"] == 60
    assert artifact.manifest["recipe"]["built with"]["gpu"] == "a GPU that is not there"
    assert len(list((store.root / "timings").glob("*.bin"))) == 1
    assert not build().built
    monkeypatch.setattr("sdvbench.workflows.nvidia.gpu", lambda device: "another GPU")
    assert build().built


@pytest.mark.parametrize("pruning", PRUNINGS)
@pytest.mark.parametrize(("precision", "most"), [("fp32", 1e-6), ("fp16", 0.01), ("int8", 0.2)])
def test_the_very_file_computes_what_the_model_does(
    onnx_file: OnnxFile, image: Images, pruning: str, precision: str, most: float
) -> None:
    """By ONNX Runtime on the CPU, which stands in for the accuracy that can be checked here."""

    def scores(file: Path) -> Images:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        outputs: Images = session.run(None, {"images": image})[0]
        return outputs[..., 4:]

    exact = scores(onnx_file(pruning, "fp32"))
    assert np.abs(scores(onnx_file(pruning, precision)) - exact).max() <= most


def test_the_timings_file_is_replaced_whole(tmp_path: Path) -> None:
    from sdvbench.workflows.tensorrt.timings import Timings

    timings = Timings(Store(tmp_path), {"tensorrt": "11", "gpu": "any"})
    assert timings.read() == b""
    timings.write(b"some")
    timings.write(b"more")
    assert timings.read() == b"more"
    assert Timings(Store(tmp_path), {"tensorrt": "11", "gpu": "other"}).read() == b""
    shutil.rmtree(tmp_path / "timings")
    (tmp_path / "timings").write_text("a file where the folder should be")
    timings.write(b"lost")  # costs a warning, not the build
