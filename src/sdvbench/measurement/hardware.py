"""Hardware classes: what makes the timings of two machines comparable."""

import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from sdvbench.errors import MeasurementError
from sdvbench.workflows import WORKFLOWS

# The widest of these that a CPU has decides which kernels run. Best first.
VECTOR_EXTENSIONS = ("amx_int8", "avx512_vnni", "avx512f", "avx_vnni", "avx2", "sve2", "asimd")
PRUNERS = ("torch-pruning",)


@dataclass(frozen=True)
class Hardware:
    """name: the class, a file name under baselines/. summary: the same for people."""

    name: str
    summary: str


def hardware(device: str = "cpu") -> Hardware:
    """The hardware class of ``device`` on this machine."""
    return _gpu(device) if device.startswith("cuda") else _cpu()


def library_versions() -> dict[str, str]:
    """Versions of the installed libraries on which timings depend: what workflows declare, and what
    prunes.
    """
    found = {}
    declared = (WORKFLOWS[name].packages for name in WORKFLOWS)
    for name in dict.fromkeys(chain(PRUNERS, *declared)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _cpu() -> Hardware:
    import cpuinfo  # takes about a second

    info = cpuinfo.get_cpu_info()
    model = info.get("brand_raw") or platform.processor() or platform.machine()
    flags = set(info.get("flags", ()))
    vector = next((v for v in VECTOR_EXTENSIONS if v in flags), "baseline")
    cores = available_cores()
    # Virtual machines often hide the model's number; family and model still tell the generation.
    generation = f"f{info['family']}m{info['model']}" if "family" in info else ""
    name = _slug(f"{model} {generation} {cores}c {vector}")
    return Hardware(name, f"{model} {generation}, {cores} cores, {vector}")


@cache
def _gpu(device: str) -> Hardware:
    import torch

    index, count = torch.device(device).index or 0, torch.cuda.device_count()
    if index >= count:
        problem = f"PyTorch sees {count} CUDA devices, numbered from 0"
        raise MeasurementError(f"device {device}", problem, "Check nvidia-smi")
    summary = f"{torch.cuda.get_device_name(device)}, driver {_driver_major()}"
    return Hardware(_slug(summary), summary)


def _driver_major() -> str:
    try:
        import pynvml
    except ImportError:
        return "unknown"
    try:
        pynvml.nvmlInit()
        return str(pynvml.nvmlSystemGetDriverVersion()).partition(".")[0]
    except pynvml.NVMLError:  # a container without the utility capability
        return "unknown"


def available_cores() -> int:
    """Cores that this process may use: affinity and containers narrow it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
