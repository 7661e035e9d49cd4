"""What ran out of memory, told so that a run goes on with the cells that fit."""

import sys
from typing import TYPE_CHECKING

from sdvbench.errors import OutOfMemory

if TYPE_CHECKING:
    from sdvbench.workflows.base import EngineSpec

# As the libraries put it: PyTorch and TensorRT; ONNX Runtime; the C++ library. Their types differ,
# and some raise plain RuntimeErrors.
SIGNS = ("out of memory", "outofmemory", "failed to allocate memory", "bad_alloc")


def out_of_memory(error: Exception, spec: "EngineSpec") -> OutOfMemory | None:
    """The error to raise in place of ``error``, where that is for want of memory.

    Memory that PyTorch keeps for reuse is given back, so that the next engine finds it.
    """
    text = f"{type(error).__name__} {error}".lower()
    if not isinstance(error, MemoryError) and not any(sign in text for sign in SIGNS):
        return None
    torch = sys.modules.get("torch")
    if torch is not None and spec.device.startswith("cuda") and torch.cuda.is_available():
        torch.cuda.empty_cache()
    lines = str(error).strip().splitlines()
    return OutOfMemory(
        f"{spec.precision} engine for {spec.batch} images of {spec.imgsz} x {spec.imgsz}",
        f"{spec.device} has not enough memory" + (f" ({lines[0]})" if lines else ""),
        "Use a smaller --sdv-batch or --sdv-imgsz, or free memory that others hold",
    )
