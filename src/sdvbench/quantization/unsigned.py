"""TensorRT's symmetric Q/DQ form as CPUs take it: unsigned activations, weights stored as integers.

The numbers that the pairs give are the same to the bit, and so are ONNX Runtime's outputs.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from sdvbench.quantization.layers import Graph

UNSIGNED = "_unsigned"
OFFSET = 128  # from int8 to uint8


def unsigned(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of ``model`` without int8 activations, and without float weights behind pairs.

    A zero point that is 128 higher makes up for unsigned numbers exactly.
    """
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    _store_weights(twin.graph)
    _move_activations(twin.graph)
    used = {name for node in twin.graph.node for name in node.input}
    stored = [tensor for tensor in twin.graph.initializer if tensor.name in used]
    del twin.graph.initializer[:]
    twin.graph.initializer.extend(stored)
    return twin


def _store_weights(graph: onnx.GraphProto) -> None:
    """What quantizers would make of stored tensors, in their place."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in list(graph.node):
        if node.op_type == "QuantizeLinear" and node.input[0] in stored:
            given = {name: stored[name] for name in node.input}
            quantized: Any = ReferenceEvaluator(node).run(None, given)
            graph.initializer.append(numpy_helper.from_array(quantized[0], node.output[0]))
            graph.node.remove(node)


def _move_activations(graph: onnx.GraphProto) -> None:
    """Pairs with zero points of int8 on what is computed get them of uint8."""
    found = Graph(graph)
    pairs = [n for n in graph.node if n.op_type in ("QuantizeLinear", "DequantizeLinear")]
    zeros = {node.output[0]: found.constant(node.input[2]) for node in pairs if len(node.input) > 2}
    signed = {name for name, zero in zeros.items() if zero and zero.data_type == TensorProto.INT8}
    quantized = {
        node.output[0]
        for node in pairs
        if node.op_type == "QuantizeLinear" and node.output[0] in signed
    }
    moved: dict[str, TensorProto] = {}
    for node in pairs:
        if quantized & {node.input[0], node.output[0]}:
            zero = zeros[node.output[0]]
            assert zero is not None
            name = node.input[2] + UNSIGNED
            values = numpy_helper.to_array(zero).astype(np.int16) + OFFSET
            moved[name] = numpy_helper.from_array(values.astype(np.uint8), name)
            node.input[2] = name
    graph.initializer.extend(moved.values())
    for value in graph.value_info:
        if value.name in quantized:
            value.type.tensor_type.elem_type = TensorProto.UINT8
