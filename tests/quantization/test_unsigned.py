"""Activations made unsigned and weights stored as integers: not one bit of the outputs moves."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sdvbench.quantization.static import TENSORRT, calibrate, prepare, quantize
from sdvbench.quantization.unsigned import unsigned

CHANNELS = 3


def run(model: onnx.ModelProto, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
    """ONNX Runtime's outputs, node by node, since fusion of pairs may round otherwise."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    names = [one.name for one in session.get_inputs()]
    found: list[NDArray[Any]] = session.run(None, dict(zip(names, inputs, strict=True)))
    return found


@pytest.fixture(scope="module")
def symmetric(
    float_onnx: Path, batches: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory
) -> onnx.ModelProto:
    folder = tmp_path_factory.mktemp("symmetric")
    prepare(float_onnx, folder / "prepared.onnx")
    calibrate(folder / "prepared.onnx", [(batch,) for batch in batches], folder / "ranges.json")
    file = folder / "int8.onnx"
    quantize(folder / "prepared.onnx", folder / "ranges.json", TENSORRT["int8"], file)
    return onnx.load(file)


def test_a_network_s_outputs_stay_the_same(
    symmetric: onnx.ModelProto, batches: NDArray[np.float32]
) -> None:
    before = symmetric.SerializeToString()
    twin = unsigned(symmetric)
    onnx.checker.check_model(twin, full_check=True)
    assert symmetric.SerializeToString() == before
    for batch in batches:
        np.testing.assert_array_equal(run(twin, batch)[0], run(symmetric, batch)[0])


def test_activations_are_unsigned_and_weights_are_stored_as_signed_integers(
    symmetric: onnx.ModelProto,
) -> None:
    graph = unsigned(symmetric).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    quantizers = [node for node in graph.node if node.op_type == "QuantizeLinear"]
    assert {stored[node.input[2]].dtype.name for node in quantizers} == {"uint8"}
    assert not [node for node in quantizers if node.input[0] in stored]
    dequantizers = {n.output[0]: n for n in graph.node if n.op_type == "DequantizeLinear"}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert convolutions
    for node in convolutions:
        assert stored[dequantizers[node.input[1]].input[0]].dtype == np.int8
    used = {name for node in graph.node for name in node.input}
    assert set(stored) <= used


def pairs(scale: float, zero: int, weights: NDArray[np.float32]) -> onnx.ModelProto:
    """x and stored weights, each through a pair, multiplied."""
    scales = (np.abs(weights).max(1) / 127 + 1e-9).astype(np.float32)
    stored = {
        "weights": weights,
        "scale": np.float32(scale),
        "zero": np.int8(zero),
        "scales": scales,
        "zeros": np.zeros(CHANNELS, np.int8),
    }
    nodes = []
    for source, *pair, axis in (("x", "scale", "zero", 1), ("weights", "scales", "zeros", 0)):
        names = [f"{source}_q", f"{source}_dq"]
        kinds = ("QuantizeLinear", "DequantizeLinear")
        for kind, taken, made in zip(kinds, (source, names[0]), names, strict=True):
            nodes.append(helper.make_node(kind, [taken, *pair], [made], axis=axis))
    nodes.append(helper.make_node("MatMul", ["weights_dq", "x_dq"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "pairs",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [CHANNELS, 5])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()],
        value_info=[helper.make_tensor_value_info("x_q", TensorProto.INT8, [4, 5])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@given(
    scale=st.floats(2**-14, 8, width=32),
    zero=st.integers(-128, 127),
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([1e-3, 1, 1e3]),
)
def test_any_scale_and_zero_point_give_the_same_numbers(
    scale: float, zero: int, seed: int, spread: float
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (CHANNELS, 4)).astype(np.float32)
    weights[:, 0] = weights[:, 1]  # halves of steps, too
    weights[:, 2:] = np.abs(weights).max(1, keepdims=True) * rng.integers(-254, 255) / 254
    model = pairs(scale, zero, weights)
    x = (spread * rng.normal(0, 1, (4, 5))).astype(np.float32)
    np.testing.assert_array_equal(run(unsigned(model), x)[0], run(model, x)[0])
