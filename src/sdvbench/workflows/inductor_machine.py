"""The C++ compiler and the CPU, to which AOTInductor's packages are bound."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache


def compiler() -> str:
    """The command that Inductor calls."""
    return os.environ.get("CXX") or next(filter(shutil.which, ("g++", "c++")), "g++")


@cache
def compiler_version(command: str) -> str:
    """The first line of what the compiler says of itself; empty where it says nothing."""
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    return told.stdout.partition("\n")[0]


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
