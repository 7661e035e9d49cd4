"""int8 and int16: an ONNX file into Q/DQ form by ONNX Runtime's static quantizer."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import onnx
import onnx.version_converter

from sdvbench.errors import BuildError
from sdvbench.quantization.layers import lowered
from sdvbench.quiet import quiet
from sdvbench.tensors import Array, Inputs


@dataclass(frozen=True)
class Recipe:
    """How tensors are quantized; weights per output channel, in all recipes.

    activations, weights: names of ONNX Runtime's quantization types.
    reduce_range: weights of 7 bits.
    symmetric: zero points of 0, pairs on weights in place of stored integers, float biases.
    decoded: whether layers whose outputs are decoded are quantized too.
    operators: types of those whose inputs are quantized; empty for inputs and outputs of all.
    """

    activations: str
    weights: str
    reduce_range: bool = False
    symmetric: bool = False
    decoded: bool = True
    operators: tuple[str, ...] = ()


# The paper's recipe, section "Quantization": per-channel weights, MinMax calibration, Q/DQ format.
# Its text configures the 16-bit types under the name FP16. Reduced range keeps sums of u8 x s8
# products from saturating on x86 without VNNI; it has no 16-bit form.
PAPER = {
    "int8": Recipe("QUInt8", "QInt8", reduce_range=True),
    "int16": Recipe("QUInt16", "QInt16"),
}

# What TensorRT's parser takes: it refuses zero points other than 0 and integer biases. Symmetric
# ranges cost SiLU's outputs nearly a bit, and the detection convolutions feel it most: with 80
# classes they are 4 % of YOLOv5s's arithmetic, and in float they give back most of what was lost.
# Rounded is what layers with weights take, as NVIDIA advises and as W0 has it: a pair between one
# and its SiLU costs accuracy, and may keep TensorRT from fusing the two.
TENSORRT = {
    "int8": Recipe(
        "QInt8",
        "QInt8",
        symmetric=True,
        decoded=False,
        operators=("Conv", "ConvTranspose", "Gemm", "MatMul"),
    )
}


# How ranges are taken from what calibration images cause, with ONNX Runtime's names: all of it; as
# much as keeps most of the distribution's information (relative entropy); all but the rarest.
METHODS = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
# Its default for entropy has as many bins as levels: nothing to choose from. Its percentile leaves
# out one in 100,000, and is of magnitudes, which suits no asymmetric recipe.
OPTIONS = {
    "entropy": {"num_bins": 512},
    "percentile": {"percentile": 99.99, "symmetric": False},
}


PER_CHANNEL = 13  # the opset since which scales may be one a channel


def prepare(model: Path, prepared: Path) -> None:
    """Optimize and infer shapes of ``model``: done once, for every integer precision.

    Raises BuildError for a graph that ONNX Runtime's quantizer does not take.
    """
    try:
        _prepare(model, prepared, symbolic=True)
    except Exception:  # whatever its inference of symbolic shapes raises for an unusual graph
        try:
            _prepare(model, prepared, symbolic=False)
        except Exception as error:
            told = (str(error).strip() or type(error).__name__).splitlines()[0]
            problem = f"cannot be prepared by ONNX Runtime's quantizer ({told[:300]})"
            raise BuildError("network", problem, "Use another precision") from error


def _prepare(model: Path, prepared: Path, *, symbolic: bool) -> None:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with quiet():  # it tells to do what was just done
        quant_pre_process(model, prepared, skip_symbolic_shape=not symbolic)
    loaded = onnx.load(prepared)
    opset = next(e.version for e in loaded.opset_import if e.domain in ("", "ai.onnx"))
    if opset < PER_CHANNEL:  # of a network that somebody else exported
        onnx.save(onnx.version_converter.convert_version(loaded, PER_CHANNEL), prepared)


def calibrate(
    prepared: Path, calls: Iterable[Inputs], ranges: Path, method: str = "minmax"
) -> None:
    """Run ``prepared`` on the inputs of each of ``calls``, and write the range of each activation.

    method: one of METHODS.
    """
    from onnxruntime.quantization import CalibrationMethod, create_calibrator
    from onnxruntime.quantization.calibrate import save_tensors_data

    coming = iter(calls)
    first = next(coming)  # raises what is wrong with the data before anything is written
    calibrator = create_calibrator(
        prepared,
        augmented_model_path=str(ranges) + ".augmented.onnx",
        calibrate_method=CalibrationMethod[METHODS[method]],
        extra_options=OPTIONS.get(method, {}),
    )
    names = [one.name for one in onnx.load(prepared, load_external_data=False).graph.input]
    try:
        for inputs in chain((first,), coming):  # one by one: it keeps all activations of a call
            with quiet():  # it tells each of its steps
                calibrator.collect_data(_reader([dict(zip(names, inputs, strict=True))]))
        with quiet():
            save_tensors_data(calibrator.compute_data(), ranges)
    finally:
        Path(str(ranges) + ".augmented.onnx").unlink(missing_ok=True)


def quantize(
    prepared: Path,
    ranges: Path,
    recipe: Recipe,
    quantized: Path,
    method: str = "minmax",
    kept: Collection[str] = (),
) -> None:
    """Write ``prepared`` with Q/DQ pairs by ``recipe``, what decodes outputs left in float32.

    method: with which ``ranges`` were taken. kept: modules that stay float32.

    One scale for boxes (hundreds of pixels) and scores (0 to 1) together would round every score
    to zero, so what follows the last layers with weights is not quantized.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType

    graph = onnx.load(prepared).graph
    body = lowered(graph, kept)
    symmetric = {
        "ActivationSymmetric": True,
        "WeightSymmetric": True,
        "AddQDQPairToWeight": True,
        "QuantizeBias": False,
    }
    options = {"OpTypesToExcludeOutputQuantization": recipe.operators}
    try:
        _quantize_static(
            prepared,
            quantized,
            _reader(()),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType[recipe.activations],
            weight_type=QuantType[recipe.weights],
            per_channel=True,
            reduce_range=recipe.reduce_range,
            op_types_to_quantize=recipe.operators,
            nodes_to_exclude=[n.name for i, n in enumerate(graph.node) if i not in body],
            calibrate_method=CalibrationMethod[METHODS[method]],
            calibration_cache_path=ranges,
            extra_options=options | (symmetric if recipe.symmetric else {}),
        )
    except Exception as error:  # whatever it raises for a graph that it was not made for
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        problem = f"cannot be quantized by ONNX Runtime ({told[:300]})"
        raise BuildError("network", problem, "Use another precision") from error


def _quantize_static(*files: Any, **settings: Any) -> None:
    from onnxruntime.quantization import quantize_static

    with quiet():  # it tells to do what was just done
        quantize_static(*files, **settings)


def _reader(feeds: Iterable[Mapping[str, Array]]) -> Any:
    """ONNX Runtime's CalibrationDataReader over the inputs, by name, of some calls."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self, feeds: Iterator[Mapping[str, Array]]) -> None:
            self.feeds = feeds

        def get_next(self) -> Mapping[str, Array] | None:
            return next(self.feeds, None)

    return Reader(iter(feeds))
