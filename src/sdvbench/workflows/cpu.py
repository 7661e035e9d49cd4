"""The CPU, to which what is compiled or rounded for it is bound."""

import platform
from collections.abc import Mapping
from functools import cache

X86 = ("x86_64", "AMD64")


@cache
def cpu() -> Mapping[str, str]:
    """The kind of CPU: its name and generation, and the instructions that it has."""
    import cpuinfo  # takes a fraction of a second

    info = cpuinfo.get_cpu_info()
    name = info.get("brand_raw") or platform.processor() or "CPU"
    generation = f"family {info.get('family', '?')} model {info.get('model', '?')}"
    return {
        "cpu": f"{platform.machine()} {name} {generation}",
        "instructions": " ".join(sorted(info.get("flags", ()))),
    }


def sums_in_16_bits() -> bool:
    """Whether it adds up products of 8 bits in 16, which overflow: x86 without VNNI. False where
    the system does not tell its instructions.
    """
    instructions = cpu()["instructions"]  # "avx512_vnni", "avx_vnni"; Windows has "avx512vnni"
    return platform.machine() in X86 and bool(instructions) and "vnni" not in instructions
