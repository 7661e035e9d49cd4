"""Which nodes of an ONNX graph are layers with weights, and what they compute in."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sdvbench.errors import BuildError
from sdvbench.quantization.half import to_half
from sdvbench.quantization.layers import check_kept, check_layers, layers

W = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)
INTEGERS = (W * 100).astype(np.int8)
ONE, ZERO = np.float32(0.01), np.int8(0)


def model(*nodes: onnx.NodeProto, domain: str = "", **stored: Any) -> onnx.ModelProto:
    """From ``x`` float32 (2, 4) to ``y``."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "m"])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in stored.items()],
    )
    opsets = [helper.make_opsetid("", 20), *[helper.make_opsetid(domain, 1)] * bool(domain)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def node(kind: str, inputs: str, output: str = "y", **more: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), [output], name=f"{kind}_{output}", **more)


def kinds(made: onnx.ModelProto) -> dict[str, str]:
    return {layer.name: layer.computes_in for layer in layers(made.graph)}


def test_weights_may_be_computed_before_they_are_used() -> None:
    made = model(
        node("Mul", "w scale", "scaled"),
        node("Unsqueeze", "scaled axes", "wide"),
        node("Squeeze", "wide axes", "back"),
        node("MatMul", "x back"),
        w=W,
        scale=np.float32([2]),
        axes=np.int64([0]),
    )
    assert kinds(made) == {"MatMul_y": "FLOAT"}
    assert kinds(to_half(made)) == {"MatMul_y": "FLOAT16"}


def test_a_product_by_subscripts_is_one() -> None:
    for inputs, equation in (("x w", "ij,jk->ik"), ("x x w", "ij,ij,jk->ik")):
        made = model(node("Einsum", inputs, equation=equation), w=W)
        assert kinds(made) == {"Einsum_y": "FLOAT"}
        assert kinds(to_half(made)) == {"Einsum_y": "FLOAT16"}


def test_a_convolution_that_is_told_where_to_look_is_one() -> None:
    made = model(
        node("Reshape", "x sizes", "image"),
        node("DeformConv", "image w offsets", "seen"),
        node("Reshape", "seen back"),
        sizes=np.int64([1, 1, 2, 4]),
        back=np.int64([2, 4]),
        w=W[None, None, :1, :1],
        offsets=np.zeros((1, 2, 2, 4), np.float32),
    )
    assert kinds(made) == {"DeformConv_seen": "FLOAT"}
    assert kinds(to_half(made)) == {"DeformConv_seen": "FLOAT16"}


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (model(node("MatMulInteger", "q w", "y"), q=INTEGERS, w=INTEGERS), "INT8"),
        (
            model(
                node("DequantizeLinear", "w one zero", "d"),
                node("MatMul", "x d"),
                w=INTEGERS,
                one=ONE,
                zero=ZERO,
            ),
            "INT8 weights",
        ),
        (
            model(
                node("DequantizeLinear", "w one", "d"), node("MatMul", "x d"), w=INTEGERS, one=ONE
            ),
            "INT8 weights",
        ),
        (
            model(
                node("MatMulNBits", "x w s", domain="com.microsoft"),
                domain="com.microsoft",
                w=INTEGERS.astype(np.uint8),
                s=W,
            ),
            "UINT8",
        ),
        (model(node("MatMul", "x w"), w=W.astype(np.float16)), "FLOAT16"),
    ],
)
def test_what_is_quantized_or_half_already_is_no_fp32(
    made: onnx.ModelProto, kind: str, tmp_path: Path
) -> None:
    onnx.save(made, tmp_path / "net.onnx")
    assert list(kinds(made).values()) == [kind]
    with pytest.raises(BuildError, match=rf"fp32 network: 1 of 1 layers .* {kind}\)"):
        check_layers(tmp_path / "net.onnx", "fp32")


def test_sums_of_indices_are_no_layers() -> None:
    made = model(
        node("Shape", "x", "shape"),
        node("MatMul", "shape strides", "place"),
        node("Cast", "place", to=TensorProto.FLOAT),
        strides=np.int64([4, 1]),
    )
    assert kinds(made) == {}


def test_a_product_of_what_is_computed_has_no_weights() -> None:
    made = model(node("Transpose", "x", "t"), node("MatMul", "x t"))
    assert kinds(made) == {}


def test_a_name_that_keeps_nothing_float_is_told(tmp_path: Path) -> None:
    onnx.save(model(node("MatMul", "x w"), w=W), tmp_path / "net.onnx")
    check_kept(tmp_path / "net.onnx", ["MatMul_y"])
    with pytest.raises(BuildError, match=r"float layer 'MatMul_z': is in no node .* as MatMul_y"):
        check_kept(tmp_path / "net.onnx", ["MatMul_z"])


def test_no_name_of_the_graph_is_taken_for_a_half_twin() -> None:
    made = model(
        node("MatMul", "x w", "a"), node("MatMul", "a w_half"), w=W, w_half=np.eye(4, dtype="f4")
    )
    half = to_half(made)
    stored = {t.name: numpy_helper.to_array(t) for t in half.graph.initializer}
    for product, wanted in zip(
        [n for n in half.graph.node if n.op_type == "MatMul"], (W, np.eye(4)), strict=True
    ):
        np.testing.assert_allclose(stored[product.input[1]], wanted, atol=1e-3)


def test_what_a_branch_computes_from_the_input_is_no_weight() -> None:
    """Its condition is stored, and the branch uses ``x`` by name."""
    branch = helper.make_graph(
        [node("Transpose", "x", "t")],
        "branch",
        [],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, [4, 2])],
    )
    made = model(
        node("If", "yes", "f", then_branch=branch, else_branch=branch),
        node("MatMul", "x f"),
        yes=np.array([True]),
    )
    assert kinds(made) == {}
