"""How plans are run, with CUDA played by the CPU: what is copied when, and what is told."""

import ctypes
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from sdvbench.errors import BuildError, OutOfMemory
from sdvbench.tensors import Images
from sdvbench.workflows.base import EngineSpec

SHAPES = {"images": (1, 3, 64, 64), "detections": (1, 4, 6)}


class Context:
    """Puts out the sum of what it is given, and counts launches."""

    def __init__(self) -> None:
        self.addresses: dict[str, int] = {}
        self.launches = 0
        self.runs = True

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return True

    def execute_async_v3(self, handle: int) -> bool:
        self.launches += 1
        images, detections = (self._array(name) for name in SHAPES)
        detections[:] = images.sum()
        return self.runs

    def _array(self, name: str) -> Images:
        pointer = ctypes.cast(self.addresses[name], ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(pointer, SHAPES[name])


class Plan:
    """A deserialized engine."""

    device_memory_size_v2 = 3 << 20

    def __init__(self, trt: ModuleType, context: Context | None, types: str) -> None:
        self.trt, self.context, self.types = trt, context, types

    def create_execution_context(self) -> Context | None:
        return self.context

    num_io_tensors = 2

    def get_tensor_name(self, index: int) -> str:
        return list(SHAPES)[index]

    def get_tensor_mode(self, name: str) -> Any:
        mode = self.trt.TensorIOMode
        return mode.INPUT if name == "images" else mode.OUTPUT

    def get_tensor_dtype(self, name: str) -> Any:
        return getattr(self.trt.DataType, self.types)

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return SHAPES[name]


class Graph:
    """A CUDA graph that replays nothing but a count."""

    def __init__(self) -> None:
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.cuda as far as engines ask it, played by the CPU."""
    stream = SimpleNamespace(cuda_stream=7, synchronize=lambda: None)
    event = SimpleNamespace(
        record=lambda stream: None, synchronize=lambda: None, elapsed_time=lambda other: 2.5
    )
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "Event", lambda enable_timing: event)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph, stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)


@pytest.fixture
def load(trt: ModuleType, cuda: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An engine of a plan whose context is given; None is a GPU without room for one."""
    from sdvbench.workflows.tensorrt import running

    def make(context: Context | None, types: str = "FLOAT", **options: Any) -> Any:
        runtime = SimpleNamespace(deserialize_cuda_engine=lambda data: Plan(trt, context, types))
        monkeypatch.setattr(running.trt, "Runtime", lambda messages: runtime)
        (tmp_path / "model.plan").write_bytes(b"a plan")
        spec = EngineSpec.for_images("fp32", 64, device="cpu", options=options)
        return running.TensorRTEngine(tmp_path / "model.plan", spec)

    return make


def test_a_call_goes_from_host_to_host(load: Any, image: Images) -> None:
    context = Context()
    with load(context) as engine:
        first = engine(image)
        assert first.shape == SHAPES["detections"]
        assert first.dtype == np.float32
        assert first[0, 0, 0] == pytest.approx(float(image.sum()), rel=1e-4)
        second = engine(image[..., ::-1] / 2)  # strides that are no buffer's
        assert second[0, 0, 0] == pytest.approx(float(image.sum()) / 2, rel=1e-4)
        assert first[0, 0, 0] == pytest.approx(float(image.sum()), rel=1e-4)  # still its own
        assert context.launches == 2
        assert engine.device_seconds(image) == 0.0025
        assert engine.device_memory_mb == 3
    engine.close()  # once more does nothing


def test_a_graph_is_recorded_once_and_replayed(load: Any, image: Images) -> None:
    context = Context()
    with load(context, cuda_graph=True) as engine:
        assert context.launches == 2  # one to allocate, one to record
        for _ in range(3):
            engine(image)
        assert context.launches == 2
        assert engine._graph.replays == 3


def test_a_gpu_without_room_for_a_context_is_told(load: Any) -> None:
    with pytest.raises(BuildError, match=r"makes no context \(it gave no reason\)\. Free GPU mem"):
        load(None)


def test_a_plan_of_other_types_is_refused(load: Any) -> None:
    with pytest.raises(BuildError, match="has a tensor images of HALF, not one of FLOAT"):
        load(Context(), types="HALF")


def test_a_launch_that_fails_is_told(load: Any, image: Images) -> None:
    from sdvbench.workflows.tensorrt.library import MESSAGES

    context = Context()
    with load(context) as engine:
        context.runs = False
        with pytest.raises(BuildError, match="does not run"):
            engine(image)
        MESSAGES.errors.append("Cuda Runtime (out of memory)")
        with pytest.raises(OutOfMemory, match=r"1x3x64x64: cpu has not enough memory"):
            engine(image)


@pytest.mark.usefixtures("trt", "cuda")
def test_a_plan_that_does_not_load_is_told(tmp_path: Path) -> None:
    from sdvbench.workflows.tensorrt.running import TensorRTEngine

    (tmp_path / "model.plan").write_bytes(b"no plan")
    with pytest.raises(
        BuildError, match=r"model\.plan: tensorrt\w* [\d.]+ does not load it \(.+"
    ) as error:
        TensorRTEngine(tmp_path / "model.plan", EngineSpec.for_images("fp32", 64, device="cpu"))
    assert "build it here" in error.value.remedy
