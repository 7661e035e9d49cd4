"""`Inductor`: torch.export, then AOTInductor; the network becomes a compiled library."""

import json
import os
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from sdvbench import progress
from sdvbench.cells import Gap
from sdvbench.errors import BuildError, SdvbenchError
from sdvbench.quiet import quiet
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.cpu import X86, cpu
from sdvbench.workflows.inductor_building import (
    compile_package,
    exact_fp32,
    exported_program,
    member,
)
from sdvbench.workflows.inductor_machine import compiler, compiler_version
from sdvbench.workflows.nvidia import cuda_gap, gpu

if TYPE_CHECKING:
    from sdvbench.models.base import Network

FILE = "model.pt2"
FPMATH = "ONEDNN_DEFAULT_FPMATH_MODE"
SWITCHES = ("TORCHINDUCTOR_", "AOT_INDUCTOR_", "ATEN_CPU_CAPABILITY")  # change what is compiled
CACHE = "TORCHINDUCTOR_CACHE_DIR"
EIGHT_BITS = ("dyn8", "int8")


class Inductor(Workflow):
    """AOTInductor; artifacts are .pt2 packages, compiled for the kind of CPU and the number of
    threads of the process that builds them. int8 is torchao's recipe for x86, in which layers whose
    outputs are decoded stay float; dyn8 is that for dense layers only, which take the range of
    their inputs from each call. It has not been run on a GPU yet.

    threads: of an operation on the CPU; default as many as cores.
    """

    title = "AOTInductor"
    precisions = ("fp32", "fp16", "dyn8", "int8")
    options = {"threads": int}  # noqa: RUF012 - as in the base class
    files = {"pt2": ("fp32",)}  # noqa: RUF012
    packages = ("torch",)
    by_default = False
    code = (
        "sdvbench.models.base",
        "sdvbench.models.fusion",
        "sdvbench.quantization.names",
        "sdvbench.quantization.program",
        "sdvbench.quantization.pt2e",
        "sdvbench.workflows.calibrating",
        "sdvbench.workflows.cpu",
        "sdvbench.workflows.inductor_building",
        "sdvbench.workflows.inductor_machine",
    )

    def gap(self, spec: EngineSpec) -> Gap | None:
        on_gpu = spec.device.startswith("cuda")
        eight_bits = spec.precision in EIGHT_BITS
        if on_gpu and eight_bits:
            told = f"AOTInductor's {spec.precision} is for CPUs"
            return Gap(told, "leave out --sdv-device cuda, or use W2")
        if not on_gpu and spec.precision == "fp16":
            return Gap("AOTInductor's fp16 is for GPUs", "add --sdv-device cuda, or use int8")
        if on_gpu and (lacking := cuda_gap(spec)):
            return lacking
        if on_gpu and find_spec("triton") is None:
            return Gap("triton is not installed", "pip install triton")
        if not shutil.which(compiler()):
            told = f"there is no C++ compiler {compiler()}, which AOTInductor compiles with"
            return Gap(told, "apt-get install g++, or export CXX=<a C++ compiler>")
        if os.environ.get(FPMATH, "STRICT").upper() != "STRICT":
            told = f"{FPMATH}={os.environ[FPMATH]} makes oneDNN compute fp32 in less"
            return Gap(told, f"unset {FPMATH}")
        if eight_bits and platform.machine() not in X86:
            told = f"torchao's {spec.precision} recipe is for x86 CPUs"
            return Gap(told, "use W1-int8")
        if eight_bits and find_spec("torchao") is None:
            return Gap("torchao is not installed", "pip install 'sdvbench[inductor]'")
        return None

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        from sdvbench.workflows.dense import dense_gap
        from sdvbench.workflows.recurrent import FLOAT_IN_TORCHAO, recurrent_gap

        kinds = () if precision == "dyn8" else FLOAT_IN_TORCHAO
        return dense_gap(network, precision, self.title, decoded=True) or recurrent_gap(
            network, precision, self.title, kinds
        )

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        from sdvbench.workflows.wd_engine import threads_of

        switches = {n: v for n, v in os.environ.items() if n.startswith(SWITCHES) and n != CACHE}
        return {
            **self.bound_to(spec),
            **({"torchao": version("torchao")} if spec.precision in EIGHT_BITS else {}),
            "compiler": compiler_version(compiler()),
            "threads": threads_of(spec),
            "switches": switches,
        }

    def bound_to(self, spec: EngineSpec) -> Mapping[str, str]:
        """One version of torch and one kind of CPU, since the library holds its instructions."""
        card = {"gpu": gpu(spec.device)} if spec.device.startswith("cuda") else {}
        return {"torch": version("torch"), **cpu(), **card}

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        import torch

        exact_fp32()
        try:
            with torch.no_grad():
                program, facts = exported_program(request)
                progress.tell("compiling with AOTInductor")
                compile_package(program, request.spec, self.bound_to(request.spec), folder / FILE)
        except SdvbenchError:
            raise
        except Exception as error:  # of torch.export, torchao, Inductor or the C++ compiler
            raise BuildError(
                "AOTInductor's compilation",
                f"failed ({_cause(error)})",
                "Change the model so that it exports and compiles, or use W1",
            ) from error
        return facts

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        import torch

        from sdvbench.workflows.wd_engine import TensorEngine

        inductor: Any = torch._inductor  # partly untyped
        file, index = folder / FILE, torch.device(spec.device).index
        try:
            told = json.loads(member(file, "wrapper_metadata.json"))
            _check_bound(file, told, self.bound_to(spec))
            with quiet():
                model = inductor.aoti_load_package(
                    str(file), device_index=-1 if index is None else index
                )
        except (OSError, LookupError, ValueError, RuntimeError, BadZipFile) as error:
            told = f"AOTInductor cannot load it ({_cause(error)})"
            raise BuildError(file, told, "Build it again, or file a bug") from error
        exact_fp32()  # oneDNN asks for it in each call
        return TensorEngine(model, spec, int(told["threads"]))


def _check_bound(file: Path, told: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raises BuildError where the package of which ``told`` tells belongs to another machine."""
    for name, value in here.items():
        built_for = told.get(name, "")
        if built_for != value:
            differing = " ".join(sorted(set(built_for.split()) ^ set(value.split())))
            raise BuildError(
                file,
                f"was compiled for another {name} (they differ in: {differing})",
                "Build it here: what it holds may crash or mislead anywhere else",
            )


def _cause(error: Exception) -> str:
    """The first line that says something: of a failed compiler, its first error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    return next((line for line in lines if "error: " in line), first)[:500]
