"""`W0`: Torch-TensorRT. Registered so that its cells have ids; not built by this release."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.nvidia import tensorrt_gap


class TorchTensorRT(Workflow):
    """Torch-TensorRT's dynamo path."""

    title = "Torch-TensorRT"
    precisions = ("fp32", "fp16", "int8")

    def gap(self, spec: EngineSpec) -> Gap:
        lacking = tensorrt_gap(self.title, ("torch_tensorrt",), "torch-tensorrt==2.13.0", spec)
        return lacking or Gap(
            f"this release of sdvbench does not build {self.title} engines yet", "upgrade sdvbench"
        )

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {}

    def build(self, request: BuildRequest, folder: Path) -> NoReturn:
        raise BuildError("workflow W0", str(self.gap(request.spec)))

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        raise BuildError("workflow W0", str(self.gap(spec)))
