"""What W1 asks ONNX Runtime for on a GPU, and what it says where that cannot be had."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.w1_onnx_runtime import TF32, OnnxRuntime, _wanted

NONE = Path("/nowhere/plans")
ALL = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def spec(precision: str = "fp32", device: str = "cuda", **options: Any) -> EngineSpec:
    return EngineSpec.for_images(precision, 64, device=device, options=options)


def settings(wanted: list[Any]) -> Mapping[str, Mapping[str, Any]]:
    return dict(one for one in wanted if isinstance(one, tuple))


def test_a_cpu_s_session_has_one_provider() -> None:
    assert _wanted(spec(device="cpu"), NONE) == ["CPUExecutionProvider"]


def test_a_provider_of_a_gpu_is_no_silent_choice_on_a_cpu() -> None:
    for precision in ("fp32", "int8"):
        gap = OnnxRuntime().gap(spec(precision, "cpu", provider="tensorrt"))
        assert str(gap).endswith("to enable: add --sdv-device cuda, or leave it out")
    assert OnnxRuntime().gap(spec(device="cpu")) is None


def test_fp32_on_cuda_is_fp32_on_the_gpu_asked_for() -> None:
    wanted = _wanted(spec(device="cuda:1"), NONE)
    assert settings(wanted) == {"CUDAExecutionProvider": {"device_id": 1, "use_tf32": 0}}
    assert wanted[-1] == "CPUExecutionProvider"


def test_half_may_use_tensor_cores() -> None:
    assert settings(_wanted(spec("fp16"), NONE)) == {"CUDAExecutionProvider": {"device_id": 0}}


def test_tensorrt_s_plans_are_kept_where_they_may_be(tmp_path: Path) -> None:
    wanted = _wanted(spec("int8", provider="tensorrt"), tmp_path / "plans")
    assert next(iter(settings(wanted))) == "TensorrtExecutionProvider"
    given = settings(wanted)["TensorrtExecutionProvider"]
    assert Path(given["trt_engine_cache_path"]) == tmp_path / "plans"
    assert given["trt_engine_cache_enable"]
    assert (tmp_path / "plans").is_dir()
    nowhere = _wanted(spec("int8", provider="tensorrt"), NONE)
    assert not settings(nowhere)["TensorrtExecutionProvider"]["trt_engine_cache_enable"]
    assert (given["trt_int8_enable"], given["trt_fp16_enable"]) == (True, False)


@pytest.fixture
def with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdvbench.workflows.w1_onnx_runtime._providers", lambda: ALL)
    monkeypatch.delenv(TF32, raising=False)


@pytest.mark.usefixtures("with_all")
def test_tensorrt_s_provider_is_not_taken_for_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = OnnxRuntime()
    assert workflow.gap(spec()) is None
    assert workflow.gap(spec("int8", provider="tensorrt")) is None
    assert "fp32 as TF32; to enable: export" in str(workflow.gap(spec(provider="tensorrt")))
    monkeypatch.setenv(TF32, "0")
    assert workflow.gap(spec(provider="tensorrt")) is None


def test_a_provider_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdvbench.workflows.w1_onnx_runtime._providers", lambda: ALL[1:])
    gap = OnnxRuntime().gap(spec("int8", provider="tensorrt"))
    assert "has no TensorrtExecutionProvider; to enable: pip uninstall" in str(gap)
