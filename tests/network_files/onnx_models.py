"""Small ONNX models, as people would bring them."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = (helper.make_opsetid("", 18),)


def linear(nodes=None, outputs=None, weights=None, inputs=None, **more) -> onnx.ModelProto:
    """y = x @ w for x of (N, 4), or whatever else is given in place of its parts."""
    weight = numpy_helper.from_array(np.ones((4, 2), np.float32), "w")
    graph = helper.make_graph(
        nodes if nodes is not None else [helper.make_node("MatMul", ["x", "w"], ["y"], "product")],
        "linear",
        inputs if inputs is not None else [value("x", ["N", 4])],
        outputs if outputs is not None else [value("y", ["N", 2])],
        weights if weights is not None else [weight],
    )
    more.setdefault("opset_imports", OPSETS)
    return helper.make_model(graph, ir_version=9, **more)


def value(name, sizes, kind=TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, sizes)
