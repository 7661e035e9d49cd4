"""`Wd`: the model as PyTorch runs it, eager by default."""

import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.nvidia import cuda_gap

FILE, PROGRAM = "model.safetensors", "model.pt2"


class PyTorchDefault(Workflow):
    """PyTorch, BatchNorm fused; artifacts are weights.

    compile: through torch.compile. threads: of an operation on the CPU; default as many as cores.
    """

    title = "PyTorch"
    precisions = ("fp32", "fp16")
    options = {"compile": bool, "threads": int}  # noqa: RUF012 - declared in the base class
    files = {"pt2": ("fp32",)}  # noqa: RUF012 - its operators have the types that they were exported in
    packages = ("torch",)
    # They run when the artifact is loaded.
    code = (
        "sdvbench.models.base",
        "sdvbench.models.fusion",
        "sdvbench.quantization.modules",
        "sdvbench.quantization.names",
        "sdvbench.quantization.program",
    )

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

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any] | None:
        from sdvbench.models import load_model, save_model
        from sdvbench.models.digest import model_digest
        from sdvbench.models.file_network import FileNetwork
        from sdvbench.models.fusion import fuse
        from sdvbench.network_files.pt2_file import load_pt2
        from sdvbench.quantization.modules import check_half
        from sdvbench.quantization.program import check_program

        model = request.source.load()
        if isinstance(model, FileNetwork):
            shutil.copyfile(model.file.path, folder / PROGRAM)
            return check_program(load_pt2(model.file), request.spec.precision)
        # Fused as it is loaded, so that the file stays a plain checkpoint of the (pruned) model.
        save_model(model, folder / FILE, pruning="as shaped")
        loaded = load_model(model.name, folder / FILE)
        if model_digest(loaded) != request.source.digest:
            raise BuildError(
                f"model {model.name}",
                "is not what its registered class and its tensors make: a layer, or a value that a "
                "layer holds, was replaced, or was kept from a call",
                "Load the model anew; register a changed class as a model of its own (entry point "
                "sdvbench.models)",
            )
        if request.spec.precision == "fp16":
            half = fuse(loaded).half_body()
            return check_half(half, half.kept_names(decoded=False))
        return None

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        from sdvbench.models import load_model
        from sdvbench.models.checkpoint import read_checkpoint
        from sdvbench.workflows.wd_engine import PyTorchEngine

        if (folder / PROGRAM).exists():
            from sdvbench.network_files.pt2_file import load_pt2, read_pt2

            return PyTorchEngine(load_pt2(read_pt2(folder / PROGRAM)).module(), spec)
        name = read_checkpoint(folder / FILE).metadata["model"]
        return PyTorchEngine(load_model(name, folder / FILE), spec)
