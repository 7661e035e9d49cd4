"""int8 and int16 by the paper's recipe, and int8 by the one that TensorRT takes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from sdvbench.errors import BuildError
from sdvbench.quantization import ranges
from sdvbench.quantization.layers import lowered
from sdvbench.quantization.names import is_kept
from sdvbench.quantization.static import (
    METHODS,
    PAPER,
    TENSORRT,
    calibrate,
    prepare,
    quantize,
)

Array = NDArray[np.float32]
Quantized = Callable[[str], onnx.ModelProto]
RECIPES = {**PAPER, "int8 for TensorRT": TENSORRT["int8"]}
DECODED = ("model.24",)  # the detection layer
TYPES = {
    "int8": (TensorProto.UINT8, TensorProto.INT8),
    "int16": (TensorProto.UINT16, TensorProto.INT16),
}


@pytest.fixture(scope="session")
def prepared(float_onnx: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "prepared.onnx"
    prepare(float_onnx, path)
    return path


@pytest.fixture(scope="session")
def quantized(prepared: Path, batches: Array) -> Quantized:
    """The quantized YOLOv5n by precision, from one calibration."""
    folder = prepared.parent
    calibrate(prepared, [(batch,) for batch in batches], folder / "ranges.json")
    made: dict[str, onnx.ModelProto] = {}

    def get(precision: str) -> onnx.ModelProto:
        if precision not in made:
            path = folder / f"{precision}.onnx"
            recipe = RECIPES[precision]
            kept = () if recipe.decoded else DECODED
            quantize(prepared, folder / "ranges.json", recipe, path, kept=kept)
            made[precision] = onnx.load(path)
        return made[precision]

    return get


class Wiring:
    """Who makes and who uses a value."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.maker = {output: node for node in model.graph.node for output in node.output}
        self.weights = {tensor.name: tensor for tensor in model.graph.initializer}

    def dequantized(self, name: str) -> tuple[onnx.TensorProto, int]:
        """The zero points and the axis of the DequantizeLinear that makes ``name``."""
        node = self.maker[name]
        assert node.op_type == "DequantizeLinear"
        axes = [a.i for a in node.attribute if a.name == "axis"]
        return self.weights[node.input[2]], axes[0] if axes else 1


@pytest.mark.parametrize("precision", TYPES)
def test_every_convolution_has_the_recipes_types(quantized: Quantized, precision: str) -> None:
    model = quantized(precision)
    onnx.checker.check_model(model)
    wiring = Wiring(model)
    activation_type, weight_type = TYPES[precision]
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 60
    for node in convolutions:
        activation, _ = wiring.dequantized(node.input[0])
        weight, axis = wiring.dequantized(node.input[1])
        assert activation.data_type == activation_type
        assert list(activation.dims) in ([], [1])
        assert weight.data_type == weight_type
        stored = wiring.weights[wiring.maker[node.input[1]].input[0]]
        assert stored.data_type == weight_type
        assert axis == 0
        assert list(weight.dims) == [stored.dims[0]]  # per output channel


def test_tensorrt_s_int8_is_symmetric_and_has_no_integer_but_int8(quantized: Quantized) -> None:
    wiring = Wiring(quantized("int8 for TensorRT"))
    onnx.checker.check_model(wiring.model)
    pairs = ("QuantizeLinear", "DequantizeLinear")
    for node in (node for node in wiring.model.graph.node if node.op_type in pairs):
        zero_point = wiring.weights[node.input[2]]
        assert zero_point.data_type == TensorProto.INT8
        assert not onnx.numpy_helper.to_array(zero_point).any()
    integers = {t.data_type for t in wiring.model.graph.initializer} - {TensorProto.FLOAT}
    assert integers <= {TensorProto.INT8, TensorProto.INT64}  # the latter are shapes and axes


def test_tensorrt_s_int8_keeps_pairs_on_weights_and_float_biases(quantized: Quantized) -> None:
    model = quantized("int8 for TensorRT")
    wiring = Wiring(model)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    assert sum(is_kept(node.name, DECODED) for node in convolutions) == 3
    for node in convolutions:
        assert all(wiring.weights[b].data_type == TensorProto.FLOAT for b in node.input[2:])
        if is_kept(node.name, DECODED):
            assert wiring.weights[node.input[1]].data_type == TensorProto.FLOAT
            continue
        dequantize = wiring.maker[node.input[1]]
        quantize = wiring.maker[dequantize.input[0]]
        assert (quantize.op_type, dequantize.op_type) == ("QuantizeLinear", "DequantizeLinear")
        weights = wiring.weights[quantize.input[0]]
        assert weights.data_type == TensorProto.FLOAT
        assert list(wiring.weights[quantize.input[1]].dims) == [weights.dims[0]]  # per channel


def test_tensorrt_s_int8_rounds_what_convolutions_take_and_no_more(quantized: Quantized) -> None:
    graph = quantized("int8 for TensorRT").graph
    rounded = [node.output[0] for node in graph.node if node.op_type == "DequantizeLinear"]
    assert len(rounded) > 100
    for name in rounded:
        users = {node.op_type for node in graph.node if name in node.input}
        assert "Conv" in users
        assert users <= {"Conv", "Add", "Concat", "MaxPool"}  # which take the same tensor


def test_int8_weights_have_7_bits(quantized: Quantized) -> None:
    wiring = Wiring(quantized("int8"))
    for node in wiring.model.graph.node:
        if node.op_type == "Conv":
            stored = wiring.weights[wiring.maker[node.input[1]].input[0]]
            assert np.abs(onnx.numpy_helper.to_array(stored)).max() <= 64


@pytest.mark.parametrize("precision", TYPES)
def test_box_decoding_is_not_quantized(quantized: Quantized, precision: str) -> None:
    graph = quantized(precision).graph
    body = lowered(graph)
    tail = [node for index, node in enumerate(graph.node) if index not in body]
    assert {"Sigmoid", "Concat"} <= {node.op_type for node in tail}
    # What the detection convolutions put out goes through one pair each; after that, no more.
    pairs = [node for node in tail if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert [node.op_type for node in pairs] == ["QuantizeLinear", "DequantizeLinear"] * 3
    maker = {output: node.op_type for node in graph.node for output in node.output}
    assert {maker[node.input[0]] for node in pairs} == {"Conv", "QuantizeLinear"}


@pytest.mark.parametrize(
    ("precision", "mean", "most"),
    [("int8", 0.04, 0.3), ("int16", 0.0002, 0.01), ("int8 for TensorRT", 0.04, np.inf)],
)
def test_scores_stay_near_float(
    quantized: Quantized, float_onnx: Path, batches: Array, precision: str, mean: float, most: float
) -> None:
    """TensorRT's file differs less on average than the paper's, and more in the one worst score."""

    def run(model: Any) -> Array:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        outputs: Array = session.run(None, {"images": batches[0]})[0]
        return outputs

    error = np.abs(run(quantized(precision).SerializeToString()) - run(str(float_onnx)))[..., 4:]
    assert 0 < error.mean() < mean
    assert error.max() < most


def test_calibration_data_that_are_wrong_leave_nothing_behind(
    prepared: Path, tmp_path: Path
) -> None:
    def wrong() -> Iterator[tuple[Array, ...]]:
        raise BuildError("calibration data", "are empty")
        yield ()

    with pytest.raises(BuildError, match="calibration data: are empty"):
        calibrate(prepared, wrong(), tmp_path / "ranges.json")
    assert list(tmp_path.iterdir()) == []


def test_the_option_names_every_method() -> None:
    assert set(ranges.METHODS) == set(METHODS)


@pytest.fixture
def beginning(prepared: Path, tmp_path: Path) -> Path:
    """YOLOv5n up to its fourth convolution: entropy's search takes long for each tensor."""
    graph = onnx.load(prepared).graph
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    path = tmp_path / "beginning.onnx"
    onnx.utils.extract_model(prepared, path, [graph.input[0].name], [convolutions[3].output[0]])
    return path


@pytest.mark.parametrize("method", ["entropy", "percentile"])
def test_other_calibrations_clip_what_is_rare(
    beginning: Path, batches: Array, tmp_path: Path, method: str
) -> None:
    from onnxruntime.quantization.calibrate import load_tensors_data

    found = {}
    for name in ("minmax", method):
        calibrate(beginning, [(batch,) for batch in batches], tmp_path / name, name)
        found[name] = load_tensors_data(tmp_path / name)
    wide, narrow = (
        {n: float(np.squeeze(data.range_value[1])) for n, data in found[name].items()}
        for name in ("minmax", method)
    )
    assert wide.keys() == narrow.keys()
    assert all(narrow[n] <= wide[n] * 1.01 + 1e-6 for n in wide)
    # One in 10,000 values, of which these small maps have a few at most.
    noticed = 0.999 if method == "percentile" else 0.95
    assert any(narrow[n] < noticed * wide[n] for n in wide)
    quantize(beginning, tmp_path / method, PAPER["int8"], tmp_path / "q.onnx", method)
    session = onnxruntime.InferenceSession(tmp_path / "q.onnx", providers=["CPUExecutionProvider"])
    assert np.isfinite(session.run(None, {session.get_inputs()[0].name: batches[0]})[0]).all()
