"""`OpenVINO`: torch.onnx.export, then OpenVINO's representation and runtime, on the CPU."""

import json
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sdvbench.cells import Gap
from sdvbench.errors import BuildError
from sdvbench.quantization.ranges import METHODS
from sdvbench.tensors import Array
from sdvbench.workflows.base import BuildRequest, Engine, EngineSpec, Outputs, Workflow
from sdvbench.workflows.cpu import sums_in_16_bits
from sdvbench.workflows.onnx_export import EXPORTERS
from sdvbench.workflows.onnx_export import FILE as ONNX
from sdvbench.workflows.onnx_precision import CODE, converter_versions, write_in_precision
from sdvbench.workflows.openvino_layers import RUNS_IN, check_types, name_as_in_onnx, running_in

if TYPE_CHECKING:
    from sdvbench.models.base import Network

FILE = "model.xml"  # the weights are beside it, in model.bin
LAYERS = "layers.json"  # of each layer with weights the operator, and what it is to compute in


class OpenVino(Workflow):
    """OpenVINO; artifacts are files of its own representation, which any machine can load.

    threads: of an operation; default as many as OpenVINO takes for the shortest latency, which is
    one a core.
    quantization: the int8 recipe: the one that TensorRT takes with activations made unsigned, or
        the paper's; default "unsigned". Signed ones are not offered: a Concat of them in front of
        a convolution gives wrong results on some CPUs (OpenVINO 2024.6 to 2026.4.1).
    calibration_method: as in W1.
    """

    title = "OpenVINO"
    precisions = ("fp32", "int8")
    options = {  # noqa: RUF012 - as in the base class
        "threads": int,
        "quantization": ("unsigned", "paper"),
        "calibration_method": METHODS,
    }
    files = {"onnx": precisions, "pt2": precisions}  # noqa: RUF012
    packages = (*EXPORTERS, "openvino")
    code = (
        *CODE,
        "sdvbench.quantization.unsigned",
        "sdvbench.workflows.cpu",
        "sdvbench.workflows.openvino_layers",
    )
    by_default = False

    def gap(self, spec: EngineSpec) -> Gap | None:
        if spec.device != "cpu":
            problem = f"OpenVINO is run on CPUs only, not on {spec.device}"
            return Gap(problem, "add --sdv-device cpu")
        if find_spec("openvino") is None:
            return Gap("openvino is not installed", "pip install 'sdvbench[openvino]'")
        if spec.precision == "fp32":
            return None
        if find_spec("onnxruntime") is None:
            return Gap(
                "onnxruntime, which quantizes for OpenVINO too, is not installed",
                "pip install 'sdvbench[cpu]'",
            )
        if spec.options.get("quantization") != "paper" and sums_in_16_bits():
            return Gap(
                "this CPU has no VNNI: it adds up products of 8-bit weights in 16 bits, which "
                "overflow",
                "add --sdv-option OpenVINO.quantization=paper, whose weights have 7 bits",
            )
        return None

    def network_gap(self, network: "Network", precision: str) -> Gap | None:
        from sdvbench.models.file_network import FileNetwork
        from sdvbench.workflows.recurrent import FLOAT_IN_ONNX, recurrent_gap

        if precision == "fp32" and isinstance(network, FileNetwork) and network.branches:
            first = ", ".join(network.branches[:2])
            missing = f"layers of {network.name} lie in branches, of which OpenVINO does not tell "
            missing += f"what they run in ({first})"
            return Gap(missing, "export the network without If and Loop, or use W1")
        return recurrent_gap(network, precision, self.title, FLOAT_IN_ONNX[network.kind])

    def recipe(self, spec: EngineSpec) -> Mapping[str, Any]:
        return {**converter_versions(), "openvino": version("openvino")}

    def build(self, request: BuildRequest, folder: Path) -> Mapping[str, Any]:
        import onnx
        import openvino

        from sdvbench.quantization.layers import layers
        from sdvbench.quantization.static import PAPER, TENSORRT
        from sdvbench.quantization.unsigned import unsigned

        spec = request.spec
        paper = spec.options.get("quantization") == "paper"
        with TemporaryDirectory() as scratch:
            file = Path(scratch) / ONNX
            facts = write_in_precision(request, PAPER if paper else TENSORRT, file)
            model = onnx.load(file)
            if spec.precision == "int8" and not paper:
                model = unsigned(model)
                onnx.save(model, file)
            try:
                graph = openvino.Core().read_model(file)
            except RuntimeError as error:
                problem = f"is not taken by OpenVINO ({_reason(error)})"
                raise BuildError("network", problem, "Use another workflow") from error
            name_as_in_onnx(graph, model.graph)
            # The default would store float32 weights in 16 bits.
            openvino.save_model(graph, folder / FILE, compress_to_fp16=False)
        wanted = {one.name: [one.operator, one.computes_in] for one in layers(model.graph)}
        (folder / LAYERS).write_text(json.dumps(wanted, indent=1), encoding="utf-8")
        with OpenVinoEngine(folder, spec) as engine:
            counts = Counter(engine.layers.values())
        return {"layers": dict(counts), "float_layers": facts.get("float_layers", [])}

    def load(self, folder: Path, spec: EngineSpec) -> Engine:
        return OpenVinoEngine(folder, spec)


class OpenVinoEngine(Engine):
    """One compiled model and one request.

    layers: what each layer with weights runs in, "f32", "u8" or "i8", as the runtime says.
    """

    def __init__(self, folder: Path, spec: EngineSpec) -> None:
        import openvino

        super().__init__(spec)
        # Where a CPU has bfloat16, that is the default. A pinned thread could not leave a core that
        # somebody else needs. Spinning is no trouble: a call's threads sleep within about 1 ms.
        settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        if "threads" in spec.options:
            settings["INFERENCE_NUM_THREADS"] = spec.options["threads"]
        core, file = openvino.Core(), folder / FILE
        core.set_property({"ENABLE_MMAP": False})  # mapped weights would not count as its memory
        try:
            compiled = core.compile_model(file, "CPU", settings)
        except RuntimeError as error:
            remedy = "Build it again, or file a bug"
            problem = f"OpenVINO cannot load it ({_reason(error)})"
            raise BuildError(file, problem, remedy) from error
        hint = compiled.get_property("INFERENCE_PRECISION_HINT")
        if hint != openvino.Type.f32:  # those that it does not know, it ignores
            problem = f"computes in {hint.get_type_name()} in spite of a setting"
            raise BuildError("OpenVINO", problem, "Use another version of it")
        wanted = json.loads((folder / LAYERS).read_text(encoding="utf-8"))
        self.layers = running_in(compiled, {name: kind for name, (kind, _) in wanted.items()})
        types = {name: RUNS_IN[computes_in] for name, (_, computes_in) in wanted.items()}
        check_types(self.layers, types, spec.precision)
        self._compiled = compiled
        self._request = compiled.create_infer_request()

    def run(self, *inputs: Array) -> Outputs:
        found = self._request.infer(list(inputs), share_inputs=True)  # outputs are copied
        outputs: tuple[Array, ...] = found.to_tuple()
        return outputs[0] if len(outputs) == 1 else outputs

    def close(self) -> None:
        self._request = self._compiled = None


def _reason(error: Exception) -> str:
    """The last line of what OpenVINO says, which is about the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
