"""`LiteRT`: torch.export, Keras, a TensorFlow Lite file, and LiteRT's interpreter, on the CPU."""

from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench import progress
from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.quiet import quiet
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Workflow
from sdvbench.workflows.calibrating import calibration_of
from sdvbench.workflows.tflite.running import LiteRtEngine

if TYPE_CHECKING:
    from sdvbench.workflows.tflite.layers import Layer

FILE = "model.tflite"
CONVERTERS = ("torch", "tensorflow", "tf_keras")


class LiteRT(Workflow):
    """LiteRT; artifacts are TensorFlow Lite files, which any machine can load. It takes plain
    sequences of layers only.

    fp16 stores weights in 16 bits and computes in float32; dyn8 (dynamic range) stores weights in 8
    bits and takes the ranges of activations from each call; int8 is integer only, uint8 in and out;
    int8f (float fallback) takes and gives float32, and leaves operators in float32 that have no
    integer form.

    threads: of an operation; default as many as cores.
    """

    title = "LiteRT"
    precisions = ("fp32", "fp16", "dyn8", "int8", "int8f")
    options = {"threads": int}  # noqa: RUF012 - as in the base class
    files = {"pt2": precisions}  # noqa: RUF012
    packages = (*CONVERTERS, "ai-edge-litert")
    by_default = False
    code = (
        "sdvbench.models.base",
        "sdvbench.models.fusion",
        "sdvbench.quantization.names",
        "sdvbench.quantization.program",
        "sdvbench.workflows.calibrating",
        *(
            f"sdvbench.workflows.tflite.{name}"
            for name in ("axes", "contents", "conversion", "converter", "layers", "plan")
        ),
    )

    def gap(self, spec: EngineSpec) -> Gap | None:
        if spec.device != "cpu":
            problem = f"LiteRT is run on CPUs only, not on {spec.device}"
            return Gap(problem, "add --sdv-device cpu")
        if len(spec.inputs) != 1 or spec.inputs[0].dtype != "float32":
            problem = f"LiteRT takes networks of one float32 input, not of {spec.inputs_text}"
            return Gap(problem, "use another workflow, such as W1")
        if find_spec("ai_edge_litert") is None:
            # The extra litert would do for an engine that is built already.
            return Gap("ai-edge-litert is not installed", "pip install 'sdvbench[tensorflow]'")
        for package in ("tensorflow", "tf_keras"):
            if find_spec(package) is None:
                told = f"{package} is not installed"
                return Gap(told, "pip install 'sdvbench[tensorflow]'")
        return None

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {name: version(name) for name in CONVERTERS}

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        from sdvbench.workflows.tflite.contents import checked
        from sdvbench.workflows.tflite.conversion import convert
        from sdvbench.workflows.tflite.layers import LINEAR

        spec = request.spec
        layers = _layers(request)
        calls = calibration_of(request) if self.needs_calibration(spec.precision) else ()
        progress.tell("converting with TensorFlow")
        convert(layers, spec.shape, spec.precision, calls, folder / FILE)
        weighted = [(one.name, one.weights[0].size) for one in layers if one.kind in LINEAR]
        return checked(folder / FILE, spec.precision, weighted)

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        return LiteRtEngine(folder / FILE, spec)


def _layers(request: BuildRequest) -> "list[Layer]":
    """The network's, as Keras has them. Raises BuildError where it is no plain sequence."""
    import torch

    from sdvbench.models.file_network import FileNetwork
    from sdvbench.models.fusion import fuse
    from sdvbench.workflows.tflite.plan import planned

    spec, given = request.spec, request.source.load()
    kept = given.kept_names(decoded=False)
    if kept and spec.precision != "fp32":
        problem = f"is to keep {', '.join(kept)} in float32, and LiteRT lowers all layers or none"
        raise BuildError(f"model {given.name}", problem, "Use fp32, or another workflow")
    model = fuse(given).float()
    progress.tell("exporting")
    module = given.program if isinstance(given, FileNetwork) else model
    try:
        with torch.no_grad(), quiet():
            program = torch.export.export(module, model.example(spec.inputs))
    except Exception as error:  # of any type: torch.export runs the model's own code
        lines = str(error).strip().splitlines() or [type(error).__name__]
        problem = f"cannot be exported ({lines[0][:300]})"
        raise BuildError(f"model {given.name}", problem, "Use another workflow") from error
    return planned(program, given.name)
