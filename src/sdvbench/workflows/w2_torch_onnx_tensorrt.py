"""`W2`: torch.onnx.export, then TensorRT's parser, builder and runtime."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from sdvbench.workflows.onnx_export import EXPORTERS, FILE
from sdvbench.workflows.onnx_precision import CODE, converter_versions, write_in_precision

if TYPE_CHECKING:
    from sdvbench.models.base import Network

REQUIREMENT = f"{NVIDIA_INDEX} 'tensorrt-cu13>=11'"


class TorchOnnxTensorRT(Workflow):
    """TensorRT 11, or TensorRT for RTX; an artifact holds the plan and the ONNX file it is made of.

    workspace_mb: that a kernel may use while it runs, in 2**20 bytes; default 4096.
    cuda_graph: record the launch of all kernels once, and replay it in each call.
    calibration_method: as in W1.
    """

    title = "Torch-ONNX-TensorRT"
    precisions = ("fp32", "fp16", "int8")
    options = {  # noqa: RUF012 - as in the base class
        "workspace_mb": int,
        "cuda_graph": bool,
        "calibration_method": METHODS,
    }
    files = {"onnx": precisions, "pt2": precisions}  # noqa: RUF012
    loaded = (PLAN,)
    packages = (*EXPORTERS, *TENSORRT_PACKAGES)
    code = (
        *CODE,
        "sdvbench.workflows.tensorrt.building",
        "sdvbench.workflows.tensorrt.library",
        "sdvbench.workflows.tensorrt.timings",
    )

    def gap(self, spec: EngineSpec) -> Gap | None:
        return tensorrt_gap(self.title, ("tensorrt", "tensorrt_rtx"), REQUIREMENT, spec)

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        from sdvbench.workflows.recurrent import FLOAT_IN_ONNX, recurrent_gap

        return recurrent_gap(network, precision, self.title, FLOAT_IN_ONNX[network.kind])

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        """Plans are bound to one TensorRT and one kind of GPU."""
        return {**converter_versions(), **bound_to(spec)}

    def bound_to(self, spec: EngineSpec) -> Mapping[str, str]:
        return bound_to(spec)

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        from sdvbench.quantization.static import TENSORRT
        from sdvbench.workflows.tensorrt.building import build_plan
        from sdvbench.workflows.tensorrt.timings import Timings

        facts = write_in_precision(request, TENSORRT, folder / FILE)
        timings = Timings(request.store, bound_to(request.spec))
        with on_gpu(request.spec):
            plan = build_plan(folder / FILE, request.spec, timings.read())
        (folder / PLAN).write_bytes(plan.data)
        timings.write(plan.timings)
        return facts | {"layers": plan.layers}

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        from sdvbench.workflows.tensorrt.running import TensorRTEngine

        return TensorRTEngine(folder / PLAN, spec)
