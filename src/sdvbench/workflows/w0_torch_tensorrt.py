"""`W0`: torch.export, then Torch-TensorRT's converters, then TensorRT's runtime."""

from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sdvbench.cells import Gap
from sdvbench.quantization.ranges import METHODS
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.nvidia import (
    NVIDIA_INDEX,
    PLAN,
    TENSORRT_PACKAGES,
    bound_to,
    on_gpu,
    tensorrt_gap,
)


class TorchTensorRT(Workflow):
    """Torch-TensorRT's dynamo path: the whole network as one plan, no operator left to PyTorch.

    workspace_mb, cuda_graph, calibration_method: as in W2.
    """

    title = "Torch-TensorRT"
    precisions = ("fp32", "fp16", "int8")
    options = {  # noqa: RUF012 - as in the base class
        "workspace_mb": int,
        "cuda_graph": bool,
        "calibration_method": METHODS,
    }
    packages = ("torch", "torch-tensorrt", *TENSORRT_PACKAGES)
    code = (
        "sdvbench.models.base",
        "sdvbench.models.fusion",
        "sdvbench.quantization.names",
        "sdvbench.quantization.post_training",
        "sdvbench.quantization.program",
        "sdvbench.quantization.ranges",
        "sdvbench.workflows.calibrating",
        "sdvbench.workflows.tensorrt.converting",
        "sdvbench.workflows.tensorrt.library",
        "sdvbench.workflows.tensorrt.timings",
    )

    def gap(self, spec: EngineSpec) -> Gap | None:
        # Each release of it belongs to one of torch.
        release = ".".join(version("torch").split(".")[:2])
        requirement = f"{NVIDIA_INDEX} 'torch-tensorrt=={release}.*'"
        lacking = tensorrt_gap(self.title, ("torch_tensorrt",), requirement, spec)
        if lacking is None and not version("torch-tensorrt").startswith(f"{release}."):
            told = (
                f"torch-tensorrt {version('torch-tensorrt')} does not fit torch {version('torch')}"
            )
            return Gap(told, f"pip install {requirement}")
        if lacking is None and spec.precision == "int8" and find_spec("modelopt") is None:
            return Gap("nvidia-modelopt is not installed", f"pip install {MODELOPT}")
        return lacking

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        """Plans are bound to one TensorRT and one kind of GPU."""
        packages = ["torch", "torch-tensorrt"]
        packages += ["nvidia-modelopt"] if spec.precision == "int8" else []
        return {**{name: version(name) for name in packages}, **bound_to(spec)}

    def bound_to(self, spec: EngineSpec) -> Mapping[str, str]:
        return bound_to(spec)

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        from sdvbench.workflows.tensorrt.converting import convert
        from sdvbench.workflows.tensorrt.timings import Timings

        timings = Timings(request.store, bound_to(request.spec))
        # Its own choice is one file for all users of the machine, which parallel builds would tear.
        with TemporaryDirectory() as scratch, on_gpu(request.spec):
            cache = Path(scratch) / "timings.bin"
            if kept := timings.read():
                cache.write_bytes(kept)
            plan, facts = convert(request, cache)
            (folder / PLAN).write_bytes(plan)
            if cache.exists():
                timings.write(cache.read_bytes())
        return facts

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        from sdvbench.workflows.tensorrt.running import TensorRTEngine

        return TensorRTEngine(folder / PLAN, spec)


# Its torch side uses the last two without declaring them.
MODELOPT = "nvidia-modelopt requests huggingface_hub"
