"""fp16: one float32 ONNX file into its half-precision twin, box decoding left in float32.

Box coordinates overflow half's resolution, so everything after the last convolutions stays float32.
The general converters (onnxconverter-common's, and ONNX Runtime's copy of it) produce invalid
graphs from a body and a tail of different precision, hence this pass; it goes by operator schemas.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sdvbench.errors import BuildError

HALF = "_half"
FLOAT = "_float"


def to_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of ``model`` whose convolutions, and all that feeds them, compute in float16.

    Inputs and outputs of the graph keep their float32 type; the values that leave the half body
    are cast back. Raises BuildError where the result does not pass ``onnx.checker`` with full type
    inference: a body that computes with integers, for one.
    """
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    graph = twin.graph
    opset = next(entry.version for entry in twin.opset_import if not entry.domain)
    body = feeding_convolutions(graph)
    weights = {tensor.name: tensor for tensor in graph.initializer}
    made_half = {value.name for value in graph.input}  # values with a half twin
    made_half |= {output for index in body for output in graph.node[index].output}
    cast_back: set[str] = set()
    nodes = [_cast(value.name, value.name + HALF, TensorProto.FLOAT16) for value in graph.input]
    for index, node in enumerate(graph.node):
        for position, name in enumerate(node.input):
            if index in body and _follows_dtype(node, position, opset):
                if name in weights:
                    weights[name + HALF] = _half_tensor(weights[name])
                if name in weights or name in made_half:
                    node.input[position] = name + HALF
            elif name in made_half and not _is_graph_input(graph, name):
                node.input[position] = name + FLOAT
                if name not in cast_back:
                    cast_back.add(name)
                    nodes.append(_cast(name + HALF, name + FLOAT, TensorProto.FLOAT))
        if index in body:
            node.output[:] = [output + HALF for output in node.output]
        nodes.append(node)
    nodes += [
        _cast(value.name + HALF, value.name, TensorProto.FLOAT)
        for value in graph.output
        if value.name in made_half and not _is_graph_input(graph, value.name)
    ]
    used = {name for node in nodes for name in node.input}
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensor for name, tensor in weights.items() if name in used)
    try:
        onnx.checker.check_model(twin, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise BuildError(
            f"half-precision twin of the graph {graph.name!r}",
            f"is not valid ONNX ({error})",
            "Use another precision, or compute with floats only ahead of the last convolution",
        ) from error
    return twin


def feeding_convolutions(graph: onnx.GraphProto) -> set[int]:
    """Indices of the convolutions and of every node upstream of one."""
    producer = {output: i for i, node in enumerate(graph.node) for output in node.output}
    pending = [i for i, node in enumerate(graph.node) if node.op_type == "Conv"]
    found: set[int] = set()
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            pending += [producer[name] for name in graph.node[index].input if name in producer]
    return found


def _follows_dtype(node: onnx.NodeProto, position: int, opset: int) -> bool:
    """Whether this input has the type of the node's output; Resize's scales, for one, do not."""
    schema = onnx.defs.get_schema(node.op_type, opset, node.domain)
    formal = schema.inputs[min(position, len(schema.inputs) - 1)]  # the last may be variadic
    return bool(formal.type_str == schema.outputs[0].type_str)


def _is_graph_input(graph: onnx.GraphProto, name: str) -> bool:
    return any(value.name == name for value in graph.input)


def _half_tensor(tensor: TensorProto) -> TensorProto:
    array = numpy_helper.to_array(tensor)
    limit = float(np.finfo(np.float16).max)
    return numpy_helper.from_array(
        np.clip(array, -limit, limit).astype(np.float16), tensor.name + HALF
    )


def _cast(source: str, target: str, dtype: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], name=f"cast_{target}", to=dtype)
