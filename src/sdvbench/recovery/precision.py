"""In which precision a forward pass of training runs."""

from functools import cache

import torch
from cpuinfo import get_cpu_info

BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def autocast_dtype(device: torch.device, precision: str) -> torch.dtype | None:
    """None is float32 throughout. precision: as ``Recipe.precision``.

    "auto" takes bfloat16 where the device computes in it, half on a GPU that does not, and float32
    on a CPU that does not: emulated there, it is slower.
    """
    if precision != "auto":
        return {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if BF16_FLAGS & _cpu_flags() else None


@cache
def _cpu_flags() -> frozenset[str]:
    return frozenset(get_cpu_info().get("flags", ()))
