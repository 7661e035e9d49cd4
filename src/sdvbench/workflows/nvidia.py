"""What the TensorRT workflows need of a machine, told in the order in which to mend it."""

import shutil
from importlib.util import find_spec

from sdvbench.cells import Gap
from sdvbench.workflows.base import EngineSpec


def tensorrt_gap(title: str, module: str, requirement: str, spec: EngineSpec) -> Gap:
    """The first thing that ``title`` lacks here: the device, the GPU, the package, our support."""
    if not shutil.which("nvidia-smi"):
        return Gap(
            f"{title} needs an NVIDIA GPU and its driver, and this machine shows none",
            "run on a GPU host, with --sdv-device cuda",
        )
    if not spec.device.startswith("cuda"):
        return Gap(f"{title} runs on GPUs only, not on {spec.device}", "add --sdv-device cuda")
    if find_spec(module) is None:
        return Gap(f"{module} is not installed", f"pip install {requirement}")
    return Gap(f"this release of sdvbench does not build {title} engines yet", "upgrade sdvbench")
