"""What the TensorRT workflows need of a machine, told in the order in which to fix it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from sdvbench.cells import Gap
from sdvbench.workflows.base import EngineSpec

PLAN = "model.plan"  # an artifact's file
TENSORRT_PACKAGES = ("tensorrt", "tensorrt-cu13", "tensorrt-rtx")  # of which one is installed
NVIDIA_INDEX = "--extra-index-url https://pypi.nvidia.com"  # where TensorRT's libraries are


def tensorrt_gap(
    title: str, modules: Sequence[str], requirement: str, spec: EngineSpec
) -> Gap | None:
    """The first thing that ``title`` lacks here: the GPU, the device, a package, torch's CUDA.

    modules: of which one must be there. requirement: what to install for them.
    """
    if not shutil.which("nvidia-smi"):
        return Gap(
            f"{title} needs an NVIDIA GPU and its driver, and this machine shows none",
            "run on a GPU host, with --sdv-device cuda",
        )
    if not spec.device.startswith("cuda"):
        return Gap(f"{title} runs on GPUs only, not on {spec.device}", "add --sdv-device cuda")
    if not any(map(find_spec, modules)):
        return Gap(f"{modules[0]} is not installed", f"pip install {requirement}")
    return cuda_gap(spec)


def cuda_gap(spec: EngineSpec) -> Gap | None:
    """What keeps PyTorch from the GPU; buffers and streams of every workflow are PyTorch's."""
    import torch

    if not torch.cuda.is_available():
        return Gap(
            "PyTorch sees no CUDA device",
            "check nvidia-smi, and that torch is a CUDA build (pip install torch)",
        )
    count = torch.cuda.device_count()
    if (torch.device(spec.device).index or 0) >= count:
        return Gap(f"PyTorch sees {count} CUDA devices, numbered from 0", "choose one of them")
    return None


def no_tf32() -> None:
    """What is called fp32 must be that: PyTorch's convolutions have 10 bits of mantissa else."""
    import torch

    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False


@contextmanager
def on_gpu(spec: EngineSpec) -> Iterator[None]:
    """The block in which libraries that take no device use that of ``spec``."""
    import torch

    no_tf32()
    with torch.cuda.device(spec.device):
        yield
    torch.cuda.empty_cache()  # what PyTorch keeps for itself, others cannot use


def bound_to(spec: EngineSpec) -> dict[str, str]:
    """What plans are bound to: one TensorRT, and one kind of GPU."""
    from sdvbench.workflows.tensorrt.library import NAME

    return {"tensorrt": NAME, "gpu": gpu(spec.device)}


def gpu(device: str) -> str:
    """The kind of GPU at ``device``: name and compute capability."""
    import torch

    major, minor = torch.cuda.get_device_capability(device)
    return f"{torch.cuda.get_device_name(device)}, compute capability {major}.{minor}"
