"""`W1`: torch.onnx.export, then ONNX Runtime, on the CPU or through its CUDA provider."""

import platform
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sdvbench import progress
from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.store import Artifact
from sdvbench.workflows.base import (
    BuildRequest,
    Calibration,
    Engine,
    EngineSpec,
    Images,
    Outputs,
    Workflow,
    building_code,
)
from sdvbench.workflows.onnx_export import FILE, INPUT, exported, exporter_versions


class OnnxRuntime(Workflow):
    """ONNX Runtime; artifacts are ONNX files that any machine can load.

    threads: of an operation on the CPU; default as many as cores. graph_optimization: the highest
    level of rewriting that the runtime applies when it loads the graph; default "all".
    """

    title = "ONNX Runtime"
    precisions = ("fp32", "fp16", "int8", "int16")
    options = {"threads": int, "graph_optimization": ("disable", "basic", "extended", "all")}  # noqa: RUF012

    def gap(self, spec: EngineSpec) -> Gap | None:
        if find_spec("onnxruntime") is None:
            extra = "gpu" if spec.device.startswith("cuda") else "cpu"
            return Gap("onnxruntime is not installed", f"pip install 'sdvbench[{extra}]'")
        if spec.device.startswith("cuda") and "CUDAExecutionProvider" not in _providers():
            return Gap(
                "the installed onnxruntime has no CUDA provider",
                "pip uninstall onnxruntime && pip install onnxruntime-gpu",
            )
        return None

    def speed_gap(self, spec: EngineSpec) -> Gap | None:
        if spec.precision == "fp16" and spec.device == "cpu" and platform.machine() in X86:
            return Gap(
                "ONNX Runtime's CPU provider has no half-precision convolution on x86: it would "
                "time fp32 arithmetic with casts",
                "pytest perf --sdv-device cuda, on a machine with an NVIDIA GPU",
            )
        return None

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {"onnxruntime": _runtime_version(), **exporter_versions()}

    def build(self, request: BuildRequest, folder: Path) -> None:
        source = exported(request).path(FILE)
        precision = request.spec.precision
        if precision == "fp32":
            shutil.copyfile(source, folder / FILE)
        elif precision == "fp16":
            import onnx

            from sdvbench.quantization.half import to_half

            progress.tell("converting to half precision")
            onnx.save(to_half(onnx.load(source)), folder / FILE)
        else:
            from sdvbench.quantization.static import quantize

            ranges = _calibrated(request, source)
            progress.tell(f"quantizing to {precision}")
            quantize(ranges.path("prepared.onnx"), ranges.path(RANGES), precision, folder / FILE)

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        return OnnxRuntimeEngine(folder / FILE, spec)


X86 = ("x86_64", "AMD64")
RANGES = "ranges.json"


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
        options.intra_op_num_threads = spec.options.get("threads", 0)
        level = spec.options.get("graph_optimization", "all")
        options.graph_optimization_level = getattr(
            onnxruntime.GraphOptimizationLevel,
            "ORT_DISABLE_ALL" if level == "disable" else f"ORT_ENABLE_{level.upper()}",
        )
        kind, _, index = spec.device.partition(":")
        wanted: list[Any] = ["CPUExecutionProvider"]
        if kind == "cuda":
            wanted.insert(0, ("CUDAExecutionProvider", {"device_id": int(index or 0)}))
        try:
            self._session = onnxruntime.InferenceSession(file, options, providers=wanted)
        except Exception as error:  # its exceptions derive from Exception directly
            raise BuildError(
                file, f"ONNX Runtime cannot load it ({error})", "Build it again, or file a bug"
            ) from error
        if kind == "cuda" and "CUDAExecutionProvider" not in self._session.get_providers():
            raise BuildError(
                f"device {spec.device}",
                "ONNX Runtime fell back to the CPU; its CUDA provider did not start",
                "Check the CUDA and cuDNN versions that onnxruntime-gpu asks for",
            )

    def run(self, images: Images) -> Outputs:
        outputs: Outputs = self._session.run(None, {INPUT: images})[0]
        return outputs

    def close(self) -> None:
        self._session = None


def _calibrated(request: BuildRequest, source: Path) -> Artifact:
    """The prepared graph and the ranges of its activations, shared by int8 and int16."""
    from sdvbench.quantization.static import calibrate, prepare

    calibration = request.calibration
    if calibration is None:
        raise BuildError(
            f"precision {request.spec.precision}",
            "needs calibration images",
            "Pass calibration=images: float32 (N, 3, H, W), RGB 0..1",
        )

    def build(folder: Path) -> None:
        prepare(source, folder / "prepared.onnx")
        calibrate(folder / "prepared.onnx", _told(calibration), folder / RANGES)

    recipe = {
        "kind": "onnx calibration",
        "model": request.source.digest,
        "shape": request.spec.shape,
        "images": calibration.identity,
        "method": "MinMax",
        "code": building_code(),
        **OnnxRuntime().recipe(request.spec),
    }
    return request.store.get_or_build(recipe, build)


def _told(calibration: Calibration) -> Iterator[Images]:
    for count, batch in enumerate(calibration.images(), 1):
        progress.tell(f"calibrating, batch {count}")
        yield batch


def _providers() -> list[str]:
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def _runtime_version() -> str:
    for package in ("onnxruntime", "onnxruntime-gpu"):
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    return "absent"
