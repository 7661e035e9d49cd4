"""`W1`: torch.onnx.export, then ONNX Runtime, on the CPU or through its CUDA provider."""

import importlib
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.quantization.ranges import METHODS
from sdvbench.store import beside
from sdvbench.tensors import Array
from sdvbench.workflows.base import (
    BuildRequest,
    Engine,
    EngineSpec,
    Outputs,
    Workflow,
)
from sdvbench.workflows.cpu import X86
from sdvbench.workflows.onnx_export import EXPORTERS, FILE
from sdvbench.workflows.onnx_precision import CODE, converter_versions, write_in_precision

if TYPE_CHECKING:
    from sdvbench.models.base import Network


class OnnxRuntime(Workflow):
    """ONNX Runtime; artifacts are ONNX files that any machine can load.

    threads: of an operation on the CPU; default as many as cores. graph_optimization: the highest
    level of rewriting that the runtime applies when it loads the graph; default "all".
    quantization: the int8 recipe, the paper's or the one that TensorRT takes; default "paper", but
        "tensorrt" for a model that was trained with int8 in the loop.
    calibration_method: how ranges are taken from what calibration images cause; default "minmax",
        but for such a model, by the recipe that it was trained for, "percentile".
    provider: what runs it on a GPU; default "cuda". "tensorrt" takes its own int8 recipe only.
    """

    title = "ONNX Runtime"
    precisions = ("fp32", "fp16", "int8", "int16")
    options = {  # noqa: RUF012 - declared in the base class
        "threads": int,
        "graph_optimization": ("disable", "basic", "extended", "all"),
        "quantization": ("paper", "tensorrt"),
        "calibration_method": METHODS,
        "provider": ("cuda", "tensorrt"),
    }
    files = {"onnx": precisions, "pt2": precisions}  # noqa: RUF012
    packages = (*EXPORTERS, "onnxruntime", "onnxruntime-gpu")
    code = (*CODE, "sdvbench.workflows.cpu")

    def gap(self, spec: EngineSpec) -> Gap | None:
        if find_spec("onnxruntime") is None:
            extra = "gpu" if spec.device.startswith("cuda") else "cpu"
            return Gap("onnxruntime is not installed", f"pip install 'sdvbench[{extra}]'")
        if spec.device == "cpu" and "provider" in spec.options:
            return Gap("W1.provider is of a GPU", "add --sdv-device cuda, or leave it out")
        if spec.device.startswith("cuda") and _provider(spec) not in _providers():
            return Gap(
                f"the installed onnxruntime has no {_provider(spec)}",
                "pip uninstall onnxruntime && pip install onnxruntime-gpu",
            )
        if (spec.precision, _provider(spec)) == ("fp32", TENSORRT) and os.environ.get(TF32) != "0":
            return Gap("TensorRT's provider computes fp32 as TF32", f"export {TF32}=0, or W2-fp32")
        return None

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        from sdvbench.workflows.recurrent import FLOAT_IN_ONNX, recurrent_gap

        return recurrent_gap(network, precision, self.title, FLOAT_IN_ONNX[network.kind])

    def speed_gap(self, spec: EngineSpec) -> Gap | None:
        if spec.precision == "fp16" and spec.device == "cpu" and platform.machine() in X86:
            return Gap(
                "ONNX Runtime's CPU provider has no half-precision convolution on x86: it would "
                "time fp32 arithmetic with casts",
                "pytest perf --sdv-device cuda, on a machine with an NVIDIA GPU",
            )
        return None

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return converter_versions()

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        from sdvbench.quantization.static import PAPER
        from sdvbench.quantization.static import TENSORRT as SYMMETRIC

        options = request.spec.options
        symmetric = "tensorrt" in (options.get("quantization"), options.get("provider"))
        if "quantization" not in options and request.spec.precision == "int8":
            symmetric |= request.source.load().quantization_aware
        recipes = PAPER | SYMMETRIC if symmetric else PAPER
        return write_in_precision(request, recipes, folder / FILE)

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        return OnnxRuntimeEngine(folder / FILE, spec)


TENSORRT = "TensorrtExecutionProvider"
TF32 = "NVIDIA_TF32_OVERRIDE"


class OnnxRuntimeEngine(Engine):
    """One inference session."""

    def __init__(self, file: Path, spec: EngineSpec) -> None:
        import onnxruntime

        super().__init__(spec)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # A session's threads otherwise spin on after each call and steal the cores of the engine
        # that runs next: interleaved sessions then disturb each other by more than what is gated.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        on_gpu = spec.device != "cpu"
        # 0 is one a core, of which a GPU's session needs none but for 16-bit Q/DQ pairs, which the
        # CUDA provider leaves to the CPU.
        one = on_gpu and spec.precision != "int16"
        options.intra_op_num_threads = spec.options.get("threads", 1 if one else 0)
        level = spec.options.get("graph_optimization", "all")
        options.graph_optimization_level = getattr(
            onnxruntime.GraphOptimizationLevel,
            "ORT_DISABLE_ALL" if level == "disable" else f"ORT_ENABLE_{level.upper()}",
        )
        if on_gpu:
            onnxruntime.preload_dlls()  # pip's CUDA and cuDNN, which torch may not have loaded
            if _provider(spec) == TENSORRT and find_spec("tensorrt"):
                # It loads its libraries from where pip has put them, which nobody else knows.
                importlib.import_module("tensorrt")
        try:
            self._session = onnxruntime.InferenceSession(
                file,
                options,
                providers=_wanted(spec, beside(file.parent, f"ort-{onnxruntime.__version__}")),
            )
        except Exception as error:  # its exceptions derive from Exception directly
            raise BuildError(
                file, f"ONNX Runtime cannot load it ({error})", "Build it again, or file a bug"
            ) from error
        self._names = [one.name for one in self._session.get_inputs()]
        if on_gpu and _provider(spec) not in self._session.get_providers():
            raise BuildError(
                f"device {spec.device}",
                f"ONNX Runtime fell back; its {_provider(spec)} did not start",
                "Check the versions of CUDA, cuDNN and TensorRT that onnxruntime-gpu asks for",
            )

    def run(self, *inputs: Array) -> Outputs:
        outputs = self._session.run(None, dict(zip(self._names, inputs, strict=True)))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def close(self) -> None:
        self._session = None


def _wanted(spec: EngineSpec, plans: Path) -> list[Any]:
    """The providers of a session and their settings, best first. plans: a folder for TensorRT's."""
    kind, _, index = spec.device.partition(":")
    wanted: list[Any] = ["CPUExecutionProvider"]
    device = {"device_id": int(index or 0)}
    if kind == "cuda":
        # What is called fp32 must be that; the default is TF32. Half would lose tensor cores by it.
        exact = {} if spec.precision == "fp16" else {"use_tf32": 0}
        wanted.insert(0, ("CUDAExecutionProvider", device | exact))
    if kind == "cuda" and _provider(spec) == TENSORRT:
        # Its plans take minutes to build, and loading again must not build again.
        with suppress(OSError):  # a store on a read-only share serves what it has
            plans.mkdir(exist_ok=True)
        settings = {
            "trt_engine_cache_enable": plans.is_dir(),
            "trt_engine_cache_path": str(plans),
            "trt_fp16_enable": spec.precision == "fp16",  # both for TensorRT before 11
            "trt_int8_enable": spec.precision == "int8",
        }
        wanted.insert(0, (TENSORRT, {**device, **settings}))
    return wanted


def _provider(spec: EngineSpec) -> str:
    """What runs ``spec`` on a GPU."""
    return TENSORRT if spec.options.get("provider") == "tensorrt" else "CUDAExecutionProvider"


def _providers() -> list[str]:
    import onnxruntime

    return list(onnxruntime.get_available_providers())
