"""int8 and int16: an ONNX file into Q/DQ form by ONNX Runtime's static quantizer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from sdvbench.errors import BuildError
from sdvbench.quantization.half import feeding_convolutions
from sdvbench.quiet import quiet


@dataclass(frozen=True)
class Recipe:
    """How tensors are quantized; weights per output channel, in all recipes.

    activations, weights: names of ONNX Runtime's quantization types.
    reduce_range: weights of 7 bits.
    symmetric: zero points of 0, pairs on weights in place of stored integers, float biases.
    last_convolutions: whether those that no other convolution follows are quantized.
    operators: types of those whose inputs are quantized; empty for inputs and outputs of all.
    """

    activations: str
    weights: str
    reduce_range: bool = False
    symmetric: bool = False
    last_convolutions: bool = True
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
# Rounded is what convolutions take, as NVIDIA advises and as W0 has it: a pair between one and its
# SiLU costs accuracy, and may keep TensorRT from fusing the two.
TENSORRT = {
    "int8": Recipe("QInt8", "QInt8", symmetric=True, last_convolutions=False, operators=("Conv",))
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


def prepare(model: Path, prepared: Path) -> None:
    """Optimize and infer shapes of ``model``: done once, for every integer precision."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with quiet():  # it tells to do what was just done
        quant_pre_process(model, prepared)


def calibrate(
    prepared: Path, images: Iterable[NDArray[np.float32]], ranges: Path, method: str = "minmax"
) -> None:
    """Run ``prepared`` over ``images`` and write each activation's range.

    method: one of METHODS. images: float32 (B, 3, H, W). Raises BuildError if there are none, or if
    one holds NaN or infinity, from which the ranges would be nonsense.
    """
    from onnxruntime.quantization import CalibrationMethod, create_calibrator
    from onnxruntime.quantization.calibrate import save_tensors_data

    batches = iter(images)
    first = next(batches, None)
    if first is None:
        raise BuildError("calibration images", "are none", "Pass at least one batch")
    calibrator = create_calibrator(
        prepared,
        augmented_model_path=str(ranges) + ".augmented.onnx",
        calibrate_method=CalibrationMethod[METHODS[method]],
        extra_options=OPTIONS.get(method, {}),
    )
    name = onnx.load(prepared, load_external_data=False).graph.input[0].name
    try:
        for batch in chain((first,), batches):  # one by one: it keeps all activations of a call
            with quiet():  # it tells each of its steps
                calibrator.collect_data(_reader(name, (batch,)))
        with quiet():
            save_tensors_data(calibrator.compute_data(), ranges)
    finally:
        Path(str(ranges) + ".augmented.onnx").unlink(missing_ok=True)


def quantize(
    prepared: Path, ranges: Path, recipe: Recipe, quantized: Path, method: str = "minmax"
) -> None:
    """Write ``prepared`` with Q/DQ pairs by ``recipe``, box decoding left in float32.

    method: with which ``ranges`` were taken.

    One scale for boxes (hundreds of pixels) and scores (0 to 1) together would round every score
    to zero, so what follows the last convolutions is not quantized.
    """
    from onnxruntime.quantization import (
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    graph = onnx.load(prepared).graph
    body = feeding_convolutions(graph)
    if not recipe.last_convolutions:
        body -= last_convolutions(graph)
    symmetric = {
        "ActivationSymmetric": True,
        "WeightSymmetric": True,
        "AddQDQPairToWeight": True,
        "QuantizeBias": False,
    }
    options = {"OpTypesToExcludeOutputQuantization": recipe.operators}
    with quiet():  # it tells to do what was just done
        quantize_static(
            prepared,
            quantized,
            _reader(graph.input[0].name, ()),
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


def last_convolutions(graph: onnx.GraphProto) -> set[int]:
    """Indices of the convolutions that no other convolution follows."""
    users: dict[str, list[int]] = {}
    for index, node in enumerate(graph.node):
        for name in node.input:
            users.setdefault(name, []).append(index)
    feeding = feeding_convolutions(graph)
    return {
        index
        for index in feeding
        if graph.node[index].op_type == "Conv"
        and feeding.isdisjoint(u for name in graph.node[index].output for u in users.get(name, ()))
    }


def _reader(name: str, images: Iterable[NDArray[np.float32]]) -> Any:
    """ONNX Runtime's CalibrationDataReader over ``images``."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self, feeds: Iterator[Mapping[str, NDArray[np.float32]]]) -> None:
            self.feeds = feeds

        def get_next(self) -> Mapping[str, NDArray[np.float32]] | None:
            return next(self.feeds, None)

    return Reader({name: _finite(batch)} for batch in images)


def _finite(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(batch).all():
        raise BuildError(
            "calibration images", "hold NaN or infinity", "Pass RGB images scaled to 0..1"
        )
    return batch
