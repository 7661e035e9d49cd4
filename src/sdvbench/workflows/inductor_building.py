"""From a network to a compiled package: exported, in its precision, then through AOTInductor."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from sdvbench import progress
from sdvbench.quiet import quiet
from sdvbench.workflows.base import BuildRequest, EngineSpec
from sdvbench.workflows.calibrating import calibration_of
from sdvbench.workflows.cpu import sums_in_16_bits
from sdvbench.workflows.inductor_machine import compiler
from sdvbench.workflows.nvidia import no_tf32

if TYPE_CHECKING:
    from torch.export import ExportedProgram

SETTINGS = {
    "freezing": True,  # weights are laid out for the kernels; without it nothing runs in int8
    # Compiled headers lie in one folder of all builds of a user, whatever the cache; a build that
    # is killed would leave a torn one there.
    "aot_inductor.precompile_headers": False,
    # Else it compiles a program for each kind of vector unit first, which takes as long again.
    "cpp.vec_isa_ok": True,
}
INTEGER = re.compile(r"aoti_torch_cpu__q(?:conv|linear)\w*\(")  # calls of oneDNN's kernels


def exported_program(request: BuildRequest) -> tuple["ExportedProgram", dict[str, Any]]:
    """The exported network in its precision, and what its layers compute in."""
    import torch

    from sdvbench.models.file_network import FileNetwork
    from sdvbench.models.fusion import fuse
    from sdvbench.quantization.program import check_program

    spec, given = request.spec, request.source.load()
    model = fuse(given).float().to(spec.device)
    example = tuple(value.to(spec.device) for value in model.example(spec.inputs))
    progress.tell("exporting")
    if spec.precision in ("int8", "dyn8"):
        from sdvbench.quantization.pt2e import quantized

        calls = calibration_of(request) if spec.precision == "int8" else None
        program = quantized(model, example, calls, sums_in_16_bits())
        return program, check_program(program, spec.precision, model.kept_names(decoded=True))
    if spec.precision == "fp16":
        model.half_body()
    module = given.program if isinstance(given, FileNetwork) else model
    with quiet():
        program = torch.export.export(module, example)
    return program, check_program(program, spec.precision, model.kept_names(decoded=False))


def compile_package(
    program: "ExportedProgram", spec: EngineSpec, bound_to: Mapping[str, str], file: Path
) -> None:
    """Write the package. Raises BuildError where the compiler has chosen another precision."""
    import torch
    from torch._inductor.utils import fresh_cache

    from sdvbench.quantization.program import check_compiled
    from sdvbench.workflows.wd_engine import threads_of

    inductor: Any = torch._inductor  # partly untyped
    final: list[Any] = []  # nodes, as they are before code is written for them
    settings = {
        **SETTINGS,
        "aot_inductor.metadata": {**bound_to, "threads": str(threads_of(spec))},
        "cpp.cxx": (compiler(),),
        "cpp.threads": threads_of(spec),
        "post_grad_custom_post_pass": lambda graph: final.extend(graph.nodes),
    }
    # Its usual cache is one folder for all processes of a user.
    with quiet(), TemporaryDirectory() as scratch, fresh_cache(dir=scratch):
        inductor.aoti_compile_and_package(
            program, package_path=str(file), inductor_configs=settings
        )
    kernels = len(INTEGER.findall(member(file, "wrapper.cpp").decode()))
    check_compiled(program, spec.precision, final, kernels)


def exact_fp32() -> None:
    """What is called fp32 must be that; a process may have asked for bfloat16 or TF32 products."""
    import torch

    no_tf32()
    mkldnn: Any = torch.backends.mkldnn  # partly untyped
    mkldnn.matmul.fp32_precision = mkldnn.conv.fp32_precision = "ieee"


def member(package: Path, ending: str) -> bytes:
    """The file in the package whose name ends so. Raises LookupError where there is none."""
    with ZipFile(package) as opened:
        for name in opened.namelist():
            if name.endswith(ending):
                return opened.read(name)
    raise LookupError(f"it holds no {ending}")
