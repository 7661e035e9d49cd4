"""`W2`: ONNX, then TensorRT. Registered so that its cells have ids; not built by this release."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.nvidia import tensorrt_gap


class TorchOnnxTensorRT(Workflow):
    """torch.onnx.export, then TensorRT's parser and builder."""

    title = "Torch-ONNX-TensorRT"
    precisions = ("fp32", "fp16", "int8")

    def gap(self, spec: EngineSpec) -> Gap:
        return tensorrt_gap(self.title, "tensorrt", "tensorrt==11.0.*", spec)

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {}

    def build(self, request: BuildRequest, folder: Path) -> NoReturn:
        raise BuildError("workflow W2", str(self.gap(request.spec)))

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        raise BuildError("workflow W2", str(self.gap(spec)))
