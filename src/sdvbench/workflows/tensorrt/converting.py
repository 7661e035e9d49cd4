"""From a PyTorch module to a TensorRT plan by Torch-TensorRT's converters, with no ONNX between."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import torch_tensorrt
from torch import Tensor, nn

from sdvbench import progress
from sdvbench.errors import BuildError, SdvbenchError
from sdvbench.models.fusion import fuse
from sdvbench.quantization.post_training import exportable, quantized
from sdvbench.quantization.program import check_program
from sdvbench.quantization.ranges import method_for
from sdvbench.quiet import quiet
from sdvbench.workflows.base import BuildRequest, EngineSpec
from sdvbench.workflows.calibrating import calibration_of
from sdvbench.workflows.tensorrt.library import WORKSPACE_MB


def convert(request: BuildRequest, timings: Path) -> tuple[bytes, dict[str, Any]]:
    """The plan of the request's model, and what its layers compute in: one engine, or BuildError
    with the operator that has no converter.

    timings: the file of kernels' timings, read where it is there, and written.
    """
    spec = request.spec
    module, kept = _in_precision(request)
    example = tuple(value.to(spec.device) for value in request.source.load().example(spec.inputs))
    with torch.no_grad(), exportable() if spec.precision == "int8" else nullcontext():
        try:
            progress.tell("exporting")
            program = torch.export.export(module.eval(), example)
            facts = check_program(program, spec.precision, kept)
            progress.tell("converting with Torch-TensorRT")
            return _converted(program, example, spec, timings), facts
        except SdvbenchError:
            raise
        except Exception as error:  # its exceptions derive from RuntimeError or plain Exception
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BuildError(
                "Torch-TensorRT's conversion",
                f"failed ({first[:500]})",
                "Change the model so that it exports without this operator, or use W2",
            ) from error


def _in_precision(request: BuildRequest) -> tuple[nn.Module, list[str]]:
    """The module to convert, and the names of those in it that stay float32."""
    model = fuse(request.source.load()).float().to(request.spec.device)
    kept = model.kept_names(decoded=request.spec.precision == "int8")
    if request.spec.precision == "fp16":
        return model.half_body(), kept
    if request.spec.precision == "int8":
        asked = request.spec.options.get("calibration_method")
        method = method_for(asked, aware=model.quantization_aware)
        return quantized(model, calibration_of(request), method), kept
    return model, kept


def _converted(
    program: torch.export.ExportedProgram,
    example: tuple[Tensor, ...],
    spec: EngineSpec,
    timings: Path,
) -> bytes:
    dynamo: Any = torch_tensorrt.dynamo
    gpu = torch_tensorrt.Device(gpu_id=torch.device(spec.device).index or 0)
    with quiet():
        plan = dynamo.convert_exported_program_to_serialized_trt_engine(
            program,
            arg_inputs=example,
            min_block_size=1,
            require_full_compilation=True,
            disable_tf32=True,
            device=gpu,
            timing_cache_path=str(timings),
            workspace_size=spec.options.get("workspace_mb", WORKSPACE_MB) << 20,
        )
    return bytes(plan)
