"""What ran out of memory, told so that a run goes on with the cells that fit."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sdvbench.errors import OutOfMemory

if TYPE_CHECKING:
    from sdvbench.workflows.base import EngineSpec

# As the libraries put it: PyTorch and TensorRT; ONNX Runtime; the C++ library. Their types differ,
# and some raise plain RuntimeErrors.
SIGNS = ("out of memory", "outofmemory", "failed to allocate memory", "bad_alloc")


def out_of_memory(error: Exception, spec: "EngineSpec") -> OutOfMemory | None:
    """The error to raise in place of ``error``, where that is for want of memory."""
    text = f"{type(error).__name__} {error}".lower()
    if not isinstance(error, MemoryError) and not any(sign in text for sign in SIGNS):
        return None
    lines = str(error).strip().splitlines()
    return OutOfMemory(
        f"{spec.precision} engine for {spec.inputs_text}",
        f"{spec.device} has not enough memory" + (f" ({lines[0]})" if lines else ""),
        "Use a smaller --sdv-batch or --sdv-imgsz, or free memory that others hold",
    )


@contextmanager
def out_of_memory_told(spec: "EngineSpec") -> Iterator[None]:
    """The block raises OutOfMemory in place of what means that."""
    release(spec)
    try:
        yield
    except Exception as error:
        told = out_of_memory(error, spec)
        if told is None:
            raise
        raise told from error


def release(spec: "EngineSpec") -> None:
    """Give back what PyTorch keeps for reuse: an engine without it, or after one that failed, needs
    the room.
    """
    torch = sys.modules.get("torch")
    if torch is not None and spec.device.startswith("cuda") and torch.cuda.is_available():
        torch.cuda.empty_cache()
