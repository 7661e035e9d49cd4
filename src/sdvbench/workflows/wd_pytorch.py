"""`Wd`: the model as PyTorch runs it, eager by default."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.models import load_model, save_model
from sdvbench.models.base import Detector
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.digest import model_digest
from sdvbench.models.fusion import fuse
from sdvbench.workflows.base import (
    BuildRequest,
    Engine,
    EngineSpec,
    Images,
    Outputs,
    Workflow,
)
from sdvbench.workflows.nvidia import cuda_gap, no_tf32

FILE = "model.safetensors"
CUDA: Any = torch.cuda  # partly untyped
DEFAULT_THREADS = torch.get_num_threads()


class PyTorchDefault(Workflow):
    """PyTorch, BatchNorm fused; artifacts are weights.

    compile: through torch.compile. threads: of an operation on the CPU; default as many as cores.
    """

    title = "PyTorch"
    precisions = ("fp32", "fp16")
    options = {"compile": bool, "threads": int}  # noqa: RUF012 - declared in the base class
    code = ("sdvbench.models.fusion",)  # it runs when the artifact is loaded

    def gap(self, spec: EngineSpec) -> Gap | None:
        return cuda_gap(spec) if spec.device.startswith("cuda") else None

    def speed_gap(self, spec: EngineSpec) -> Gap | None:
        if spec.precision == "fp16" and spec.device == "cpu":
            return Gap(
                "PyTorch's half-precision convolution on CPUs is emulated",
                "pytest perf --sdv-device cuda, on a machine with an NVIDIA GPU",
            )
        return None

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {"torch": version("torch")}

    def build(self, request: BuildRequest, folder: Path) -> None:
        # Fused as it is loaded, so that the file stays a plain checkpoint of the (pruned) model.
        model = request.source.load()
        save_model(model, folder / FILE, pruning="as shaped")
        if model_digest(load_model(model.name, folder / FILE)) != request.source.digest:
            raise BuildError(
                f"model {model.name}",
                "is not what its registered class and its tensors make: a layer was replaced",
                "Register the changed class as a model of its own (entry point sdvbench.models)",
            )

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        name = read_checkpoint(folder / FILE).metadata["model"]
        return PyTorchEngine(load_model(name, folder / FILE), spec)


class PyTorchEngine(Engine):
    """A fused module on its device."""

    def __init__(self, model: Detector, spec: EngineSpec) -> None:
        super().__init__(spec)
        fused = fuse(model)
        self._dtype = torch.float32
        if spec.precision == "fp16":
            self._dtype = torch.float16
            fused.half_body()
        if spec.device.startswith("cuda"):
            no_tf32()
        self._model: Any = fused.to(spec.device).requires_grad_(False)
        self._threads: int = spec.options.get("threads", DEFAULT_THREADS)
        if spec.options.get("compile"):
            self._model = torch.compile(self._model)

    @torch.inference_mode()
    def run(self, images: Images) -> Outputs:
        # The copy back to the host waits for the device, so a call is synchronous everywhere.
        # Contiguous, because torch takes no negative strides, which flipped images have.
        if self._threads != torch.get_num_threads():  # one number for the whole process
            torch.set_num_threads(self._threads)
        batch = torch.from_numpy(np.ascontiguousarray(images)).to(self.spec.device, self._dtype)
        outputs: Outputs = self._model(batch).cpu().numpy()
        return outputs.astype(np.float32, copy=False)

    @torch.inference_mode()
    def device_seconds(self, images: Images) -> float | None:
        if not self.spec.device.startswith("cuda"):
            return None
        batch = torch.from_numpy(np.ascontiguousarray(images)).to(self.spec.device, self._dtype)
        start, end = (CUDA.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.device(self.spec.device):
            start.record()
            self._model(batch)
            end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3

    def close(self) -> None:
        self._model = None
        if self.spec.device.startswith("cuda"):
            torch.cuda.empty_cache()
