"""fp16: a half body, a float32 tail, and a valid graph whatever the body's edges look like."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sdvbench.quantization.half import to_half
from sdvbench.quantization.layers import layers

Array = NDArray[np.float32]
X = np.linspace(-2, 2, 1 * 2 * 4 * 4, dtype=np.float32).reshape(1, 2, 4, 4)
KERNEL = np.linspace(-1, 1, 2 * 2, dtype=np.float32).reshape(2, 2, 1, 1)


def graph(nodes: list[onnx.NodeProto], outputs: list[str], **weights: Array) -> onnx.ModelProto:
    """A model from ``x`` float32 (1, 2, 4, 4) to ``outputs`` of four axes."""
    proto = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, list("bchw")) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def run(model: onnx.ModelProto, **feeds: Array) -> list[Any]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return list(session.run(None, feeds))


def weights_of(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    return {tensor.name: tensor for tensor in model.graph.initializer}


def types_of_outputs(model: onnx.ModelProto) -> list[int]:
    return [value.type.tensor_type.elem_type for value in model.graph.output]


def casts(model: onnx.ModelProto) -> Counter[int]:
    """How many Cast nodes there are to each type."""
    return Counter(n.attribute[0].i for n in model.graph.node if n.op_type == "Cast")


def test_convolutions_of_yolov5_are_half_and_the_rest_is_not(float_onnx: Path) -> None:
    model = onnx.load(float_onnx)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    half = to_half(model)
    onnx.checker.check_model(half, full_check=True)
    weights = weights_of(half)
    found = [node for node in half.graph.node if node.op_type == "Conv"]
    assert len(found) == len(convolutions) == 60
    for node in found:
        assert {weights[name].data_type for name in node.input[1:]} == {TensorProto.FLOAT16}
    assert half.graph.input == model.graph.input
    assert half.graph.output == model.graph.output
    assert half.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT
    # One cast in; one back for each of the three detection convolutions.
    assert casts(half) - casts(model) == Counter({TensorProto.FLOAT16: 1, TensorProto.FLOAT: 3})


def test_the_argument_is_untouched(float_onnx: Path) -> None:
    model = onnx.load(float_onnx)
    to_half(model)
    assert model == onnx.load(float_onnx)


def test_half_yolov5_agrees_with_float(float_onnx: Path, batches: Array) -> None:
    model = onnx.load(float_onnx)
    half = to_half(model)
    for images in batches:
        (exact,), (close,) = run(model, images=images), run(half, images=images)
        assert close.dtype == np.float32
        assert close.shape == exact.shape
        assert 0 < np.abs(close - exact)[..., 4:].max() < 0.05
        assert np.abs(close - exact)[..., :4].mean() < 1  # pixels


def test_an_input_that_feeds_the_tail_too_stays_float_there() -> None:
    model = graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("Add", ["c", "x"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
    )
    half = to_half(model)
    assert casts(half) == Counter({TensorProto.FLOAT16: 1, TensorProto.FLOAT: 1})
    add = next(node for node in half.graph.node if node.op_type == "Add")
    assert "x" in add.input
    tiny = X + np.float32(1e-6)  # lost in half precision
    difference = run(half, x=tiny)[0] - run(half, x=X.astype(np.float16).astype(np.float32))[0]
    assert np.abs(difference).min() > 0
    np.testing.assert_allclose(run(half, x=X)[0], run(model, x=X)[0], atol=0.01)


def test_a_value_used_several_times_in_the_tail_is_cast_once() -> None:
    model = graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("Exp", ["c"], ["e"]),
            helper.make_node("Mul", ["c", "c"], ["m"]),
            helper.make_node("Add", ["e", "m"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
    )
    half = to_half(model)
    assert casts(half)[TensorProto.FLOAT] == 1
    np.testing.assert_allclose(run(half, x=X)[0], run(model, x=X)[0], rtol=0.01, atol=0.01)


def test_a_weight_shared_by_body_and_tail_is_kept_in_both_types() -> None:
    model = graph(
        [
            helper.make_node("Mul", ["x", "scale"], ["s"]),
            helper.make_node("Conv", ["s", "w"], ["c"]),
            helper.make_node("Mul", ["c", "scale"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
        scale=np.float32([0.1]),
    )
    types = [t.data_type for name, t in weights_of(to_half(model)).items() if "scale" in name]
    assert sorted(types) == [TensorProto.FLOAT, TensorProto.FLOAT16]


def test_a_convolution_may_be_the_graphs_output() -> None:
    model = graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("Relu", ["c"], ["y"]),
        ],
        ["c", "y"],
        w=KERNEL,
    )
    half = to_half(model)
    assert types_of_outputs(half) == [TensorProto.FLOAT] * 2
    for close, exact in zip(run(half, x=X), run(model, x=X), strict=True):
        assert close.dtype == np.float32
        np.testing.assert_allclose(close, exact, atol=0.01)


def test_weights_beyond_half_are_clipped_not_infinite() -> None:
    huge = np.float32([1e6, -1e6, 3, 0]).reshape(2, 2, 1, 1)
    half = to_half(graph([helper.make_node("Conv", ["x", "w"], ["y"])], ["y"], w=huge))
    (kernel,) = (numpy_helper.to_array(tensor) for tensor in half.graph.initializer)
    assert kernel.ravel().tolist() == [65504, -65504, 3, 0]


def test_scales_of_resize_stay_float() -> None:
    model = graph(
        [
            helper.make_node("Resize", ["x", "", "scales"], ["r"], mode="nearest"),
            helper.make_node("Conv", ["r", "w"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
        scales=np.float32([1, 1, 2, 2]),
    )
    half = to_half(model)
    assert weights_of(half)["scales"].data_type == TensorProto.FLOAT
    assert run(half, x=X)[0].shape == (1, 2, 8, 8)


def test_a_graph_without_convolutions_keeps_its_numbers() -> None:
    model = graph([helper.make_node("Exp", ["x"], ["y"])], ["y"])
    np.testing.assert_array_equal(run(to_half(model), x=X)[0], run(model, x=X)[0])


def test_integers_in_the_body_stay_integers() -> None:
    model = graph(
        [
            helper.make_node("Shape", ["x"], ["shape"]),
            helper.make_node("Reshape", ["x", "shape"], ["r"]),
            helper.make_node("Conv", ["r", "w"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
    )
    half = to_half(model)
    assert weights_of(half)["w_half"].data_type == TensorProto.FLOAT16
    np.testing.assert_allclose(run(half, x=X)[0], run(model, x=X)[0], atol=0.01)


def test_modules_that_are_kept_stay_float_between_half_ones() -> None:
    model = graph(
        [
            helper.make_node("Conv", ["x", "w"], ["a"], name="first/conv"),
            helper.make_node("Conv", ["a", "v"], ["b"], name="second/conv"),
            helper.make_node("Relu", ["b"], ["r"], name="second/relu"),
            helper.make_node("Conv", ["r", "w"], ["y"], name="third/conv"),
        ],
        ["y"],
        w=KERNEL,
        v=KERNEL,
    )
    half = to_half(model, kept=["second"])
    types = {layer.name: layer.computes_in for layer in layers(half.graph)}
    assert types == {"first/conv": "FLOAT16", "second/conv": "FLOAT", "third/conv": "FLOAT16"}
    assert casts(half) == Counter({TensorProto.FLOAT16: 2, TensorProto.FLOAT: 2})
    np.testing.assert_allclose(run(half, x=X)[0], run(model, x=X)[0], atol=0.02)


def test_branches_see_the_values_that_they_name() -> None:
    inner = helper.make_tensor_value_info("i", TensorProto.FLOAT, list("bchw"))
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node("Neg", ["c"], ["i"])], name, [], [inner]
        )
        for name in ("then", "else")
    }
    model = graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("If", ["yes"], ["f"], **branches),
            helper.make_node("Conv", ["f", "w"], ["y"]),
        ],
        ["y"],
        w=KERNEL,
        yes=np.array([True]),
    )
    half = to_half(model)
    np.testing.assert_allclose(run(half, x=X)[0], run(model, x=X)[0], atol=0.02)
