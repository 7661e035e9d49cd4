"""What runs out of memory is told as that, cell by cell."""

from typing import Any

import pytest
import torch

from sdvbench.errors import BuildError, MeasurementError, OutOfMemory
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Engine, EngineSpec, Outputs
from sdvbench.workflows.loading import load_engine
from sdvbench.workflows.out_of_memory import out_of_memory

SPEC = EngineSpec.for_images("fp16", 64, 128)

WANTS = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:119] DefaultCPUAllocator: bad_alloc"),
    RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer"),
    BuildError("model.plan", "makes no context (Error Code 2: OutOfMemory)"),
]


class Hungry(Engine):
    """An engine that fails as it is told."""

    def __init__(self, error: Exception) -> None:
        super().__init__(EngineSpec.for_images("fp32", 64))
        self.error = error

    def run(self, images: Images) -> Outputs:
        raise self.error


@pytest.mark.parametrize("error", WANTS, ids=lambda error: type(error).__name__)
def test_a_call_and_a_load_that_want_memory_say_so(
    error: Exception, image: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutOfMemory) as told:
        Hungry(error)(image)
    assert told.value.__cause__ is error
    assert told.value.thing == "fp32 engine for images float32 1x3x64x64"
    assert "cpu has not enough memory" in told.value.problem
    assert "\n" not in told.value.problem
    assert told.value.remedy.startswith("Use a smaller --sdv-batch")

    def load(*_: Any) -> Engine:
        raise error

    monkeypatch.setattr(WORKFLOWS["W1"], "load", load)
    with pytest.raises(OutOfMemory, match="fp16 engine for images float32 128x3x64x64"):
        load_engine("W1", None, SPEC)  # type: ignore[arg-type]


def test_other_failures_of_a_runtime_name_the_inputs(image: Images) -> None:
    error = RuntimeError("\nConcat: shapes differ\n  at node.cc:12")
    assert out_of_memory(error, SPEC) is None
    with pytest.raises(MeasurementError, match=r"1x3x64x64: failed in a call \(Concat: shapes di"):
        Hungry(error)(image)


def test_sdvbench_s_own_errors_pass_unchanged(image: Images) -> None:
    error = BuildError("model.plan", "belongs to another GPU")
    with pytest.raises(BuildError) as passed:
        Hungry(error)(image)
    assert passed.value is error
