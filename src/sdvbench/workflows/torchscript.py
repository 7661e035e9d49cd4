"""`TorchScript`: the network traced into a TorchScript file, on the CPU."""

import contextlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench import progress
from sdvbench.cells import Gap
from sdvbench.errors import BuildError, SdvbenchError
from sdvbench.quiet import quiet
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.calibrating import calibration_of
from sdvbench.workflows.cpu import X86, sums_in_16_bits

if TYPE_CHECKING:
    from torch import nn
    from torch.export import ExportedProgram

    from sdvbench.models.base import Network

FILE = "model.pt"


class TorchScript(Workflow):
    """TorchScript, which PyTorch has deprecated, as is torch.ao.quantization, by which dyn8 and
    int8 are made. dyn8 takes the ranges of what dense layers take from each call; all other layers
    stay float32. In int8 layers whose outputs are decoded stay float32.

    threads: of an operation; default as many as cores.
    """

    title = "TorchScript"
    precisions = ("fp32", "dyn8", "int8")
    options = {"threads": int}  # noqa: RUF012 - as in the base class
    files = {"pt2": ("fp32",)}  # noqa: RUF012
    packages = ("torch",)
    by_default = False
    code = (
        "sdvbench.models.base",
        "sdvbench.models.fusion",
        "sdvbench.quantization.fx_mode",
        "sdvbench.quantization.names",
        "sdvbench.quantization.program",
        "sdvbench.quantization.script",
        "sdvbench.workflows.calibrating",
        "sdvbench.workflows.cpu",
    )

    def gap(self, spec: EngineSpec) -> Gap | None:
        if spec.device != "cpu":
            problem = f"TorchScript is run on CPUs only, not on {spec.device}"
            return Gap(problem, "add --sdv-device cpu, or use Wd")
        if spec.precision != "fp32" and platform.machine() not in X86:
            told = f"TorchScript's {spec.precision} is for x86 CPUs"
            return Gap(told, "use TorchScript-fp32 or W1-int8")
        return None

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        from sdvbench.workflows.dense import dense_gap
        from sdvbench.workflows.recurrent import CELLS, FLOAT_IN_TORCHAO, recurrent_gap

        kinds = CELLS if precision == "dyn8" else FLOAT_IN_TORCHAO
        return dense_gap(network, precision, self.title, decoded=False) or recurrent_gap(
            network, precision, self.title, kinds
        )

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {"torch": version("torch"), **self.bound_to(spec)}

    def bound_to(self, spec: EngineSpec) -> Mapping[str, str]:
        """Of int8 the bits of activations: where 7 are needed, a file with 8 would overflow."""
        if spec.precision != "int8":
            return {}
        return {"activations": f"{7 if sums_in_16_bits() else 8} bits"}

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        import torch

        from sdvbench.quantization.program import check_program, module_of, weighted
        from sdvbench.quantization.script import check_script

        jit: Any = torch.jit  # partly untyped
        spec, given = request.spec, request.source.load()
        precision, kept = spec.precision, given.kept_names(decoded=spec.precision == "int8")
        progress.tell("exporting")
        try:
            with torch.no_grad():
                program = _exported(given, spec)
                check_program(program, "fp32")
                module = program.module() if precision == "fp32" else _quantized(request)
                progress.tell("tracing")
                with quiet():
                    traced = jit.trace(module, given.example(spec.inputs), check_trace=False)
                    traced.save(str(folder / FILE))
        except SdvbenchError:
            raise
        except Exception as error:  # of any type: both run the model's own code
            lines = str(error).strip().splitlines() or [type(error).__name__]
            problem = f"cannot be made {precision} in TorchScript ({lines[0][:300]})"
            remedy = "Change the model so that it can be traced, or use another workflow"
            raise BuildError(f"model {given.name}", problem, remedy) from error
        modules = {module_of(node) for node, _ in weighted(program)} - {""}
        return check_script(_loaded(folder / FILE, precision), precision, sorted(modules), kept)

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        import torch

        from sdvbench.workflows.wd_engine import TensorEngine, threads_of

        module = _loaded(folder / FILE, spec.precision)
        with quiet(), _packing(spec.precision):
            # Not in the file, where it would take the names of layers away.
            frozen = torch.jit.freeze(module)
        return TensorEngine(frozen, spec, threads_of(spec))


def _exported(given: "Network", spec: EngineSpec) -> "ExportedProgram":
    """The network in float32. Tracing alone would keep the branch that the example takes, without
    a word; torch.export refuses it.
    """
    import torch

    from sdvbench.models.file_network import FileNetwork
    from sdvbench.models.fusion import fuse

    module = given.program if isinstance(given, FileNetwork) else fuse(given).float()
    with quiet():
        return torch.export.export(module, given.example(spec.inputs))


def _quantized(request: BuildRequest) -> "nn.Module":
    from sdvbench.models.fusion import fuse
    from sdvbench.quantization.fx_mode import dynamic, static

    spec, model = request.spec, fuse(request.source.load()).float()
    if spec.precision == "dyn8":
        return dynamic(model)
    example = model.example(spec.inputs)
    return static(model, example, calibration_of(request), sums_in_16_bits())


def _loaded(file: Path, precision: str) -> Any:
    import torch

    jit: Any = torch.jit  # partly untyped
    try:
        with quiet(), _packing(precision):
            return jit.load(str(file), map_location="cpu").eval()
    except (OSError, RuntimeError, ValueError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        problem = f"TorchScript cannot load it ({lines[0][:300]})"
        raise BuildError(file, problem, "Build it again, or file a bug") from error


def _packing(precision: str) -> contextlib.AbstractContextManager[None]:
    """In which weights are packed, as loading and freezing both do, for the engine that counts."""
    from sdvbench.quantization.fx_mode import quantized_engine

    return contextlib.nullcontext() if precision == "fp32" else quantized_engine()
