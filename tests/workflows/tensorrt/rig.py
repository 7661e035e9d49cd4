"""NVIDIA's parser, builder and Python bindings on a machine without a GPU, for tests.

TensorRT for RTX builds plans without a GPU, and PyPI holds its parts: the bindings in one wheel,
the libraries that they load inside ONNX Runtime's provider of the same version. What a test shows
with it: our code calls NVIDIA's real interface, and NVIDIA's real parser and builder take our
files. What it cannot show: that plans run, how fast, or which kernels the full TensorRT would take.
"""

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from filelock import FileLock
from platformdirs import user_cache_path

REQUIREMENTS = (
    "tensorrt-rtx-cu13-bindings==1.7.1.116",
    "onnxruntime-ep-nv-tensorrt-rtx-cu13==0.5.0",
)
TORCH_TENSORRT = ("torch-tensorrt==2.13.0", "dllist==2.0.0")
BINDINGS = "tensorrt_rtx_bindings"

# The bindings import a module of this name first, which otherwise comes with the libraries.
LIBRARIES = """
import ctypes
from pathlib import Path

folder = Path(__file__).parents[1] / "onnxruntime_ep_nv_tensorrt_rtx"
for name in ("libtensorrt_rtx.so", "libtensorrt_onnxparser_rtx.so"):
    ctypes.CDLL(str(next(folder.rglob(name + "*"))), ctypes.RTLD_GLOBAL)
"""
FACE = f"from {BINDINGS} import *\nfrom {BINDINGS} import __version__\n"


class NoRig(Exception):  # noqa: N818 - a reason to skip
    """Why it cannot be had here."""


def folder() -> Path:
    """Where TensorRT for RTX lies; fetched when first asked for (some 300 MB). Raises NoRig."""
    modules = {"tensorrt_rtx_libs": LIBRARIES, "tensorrt_rtx": FACE}
    return _fetched("tensorrt-rtx-1.7.1.116", REQUIREMENTS, modules)


def torch_tensorrt_folder() -> Path:
    """Where Torch-TensorRT lies, without the TensorRT that it asks for. Raises NoRig."""
    return _fetched("torch-tensorrt-2.13.0", TORCH_TENSORRT, {})


def load() -> ModuleType:
    """The module tensorrt_rtx, from now on importable in this process. Raises NoRig."""
    place = str(folder())
    if place not in sys.path:
        sys.path.append(place)
    import tensorrt_rtx

    return tensorrt_rtx


def _fetched(name: str, requirements: Sequence[str], modules: Mapping[str, str]) -> Path:
    """A folder of what ``requirements`` hold and of ``modules``, by name with their source."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoRig("the wheels of TensorRT for RTX are for x86-64 Linux")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    place = user_cache_path("sdvbench-tests") / f"{name}-py{python}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if place.is_dir():
            return place
        scratch = place.with_name(f"{place.name}.unfinished")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        command += ["--only-binary=:all:", "--target", str(scratch), *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
            raise NoRig(f"{' and '.join(requirements)} cannot be installed ({last[0]})")
        for module, source in modules.items():
            (scratch / module).mkdir(exist_ok=True)
            (scratch / module / "__init__.py").write_text(source)
        scratch.rename(place)
    return place
