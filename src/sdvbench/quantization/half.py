"""fp16: a float32 ONNX graph into its half-precision twin, what decodes outputs left in float32.

What follows the last layers with weights stays float32: box coordinates overflow half's resolution.
The general converters (onnxconverter-common's, and ONNX Runtime's copy of it) produce invalid
graphs from a body and a tail of different precision, hence this pass; it goes by operator schemas.
"""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sdvbench.errors import BuildError
from sdvbench.quantization.layers import lowered


def to_half(model: onnx.ModelProto, kept: Collection[str] = ()) -> onnx.ModelProto:
    """A copy of ``model`` whose layers with weights, and all that feeds them, compute in float16.

    kept: modules that stay float32, as ``quantization.names.is_kept`` matches them.
    Inputs and outputs of the graph keep their types; values that leave the half body are cast back.
    Raises BuildError where the result does not pass ``onnx.checker`` with full type inference.
    """
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    graph = twin.graph
    half = _new_ending(graph)
    opsets = {entry.domain: entry.version for entry in twin.opset_import}
    floats = _float_values(model)
    body = lowered(graph, kept)
    places = [
        _half_places(node, floats, opsets) if index in body else ([], [])
        for index, node in enumerate(graph.node)
    ]
    weights = {tensor.name: tensor for tensor in graph.initializer}
    in_float = {value.name for value in graph.output} | set(_used_in_subgraphs(graph))
    for node, (inputs, _) in zip(graph.node, places, strict=True):
        in_float |= {name for place, name in enumerate(node.input) if place not in inputs}
    made: set[str] = set()  # what has a half twin
    nodes: list[onnx.NodeProto] = []
    for node, (inputs, outputs) in zip(graph.node, places, strict=True):
        for place in inputs:
            name = node.input[place]
            if name in weights:
                weights.setdefault(name + half, _half_tensor(weights[name], name + half))
            elif name not in made:
                made.add(name)
                nodes.append(_cast(name, name + half, TensorProto.FLOAT16))
            node.input[place] = name + half
        nodes.append(node)
        for place in outputs:
            name = node.output[place]
            made.add(name)
            node.output[place] = name + half
            if name in in_float:
                nodes.append(_cast(name + half, name, TensorProto.FLOAT))
    used = {name for node in nodes for name in node.input} | in_float
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensor for name, tensor in weights.items() if name in used)
    try:
        onnx.checker.check_model(twin, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise BuildError(
            f"half-precision twin of the graph {graph.name!r}",
            f"is not valid ONNX ({error})",
            "Use another precision, or name what must stay float32 (the model's float_layers())",
        ) from error
    return twin


def _float_values(model: onnx.ModelProto) -> set[str]:
    """The names of the float32 tensors of the main graph."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = (*graph.input, *graph.value_info, *graph.output)
    found = {v.name for v in values if v.type.tensor_type.elem_type == TensorProto.FLOAT}
    return found | {t.name for t in graph.initializer if t.data_type == TensorProto.FLOAT}


def _half_places(
    node: onnx.NodeProto, floats: Collection[str], opsets: dict[str, int]
) -> tuple[list[int], list[int]]:
    """Which inputs and outputs of ``node`` become half: those that share a type that may be half.

    Resize's scales, for one, are float32 whatever it resizes.
    """
    try:
        schema = onnx.defs.get_schema(node.op_type, opsets[node.domain], node.domain)
    except (onnx.defs.SchemaError, KeyError):  # of another domain
        return [], []

    def kinds(names: Any, formals: Any) -> list[str]:
        """The type's letter for each float32 tensor; the last formal may be variadic."""
        letters = [formals[min(place, len(formals) - 1)].type_str for place in range(len(names))]
        return [
            letter if name in floats else "" for name, letter in zip(names, letters, strict=True)
        ]

    inputs, outputs = kinds(node.input, schema.inputs), kinds(node.output, schema.outputs)
    allowed = {
        constraint.type_param_str
        for constraint in schema.type_constraints
        if "tensor(float16)" in constraint.allowed_type_strs
    }
    shared = set(inputs) & set(outputs) & allowed
    return tuple(
        [place for place, letter in enumerate(letters) if letter in shared]
        for letters in (inputs, outputs)
    )  # type: ignore[return-value]


def _used_in_subgraphs(graph: onnx.GraphProto, inside: bool = False) -> Iterator[str]:
    """Names that branches and loops use; some of them are values of the graph around."""
    for node in graph.node:
        if inside:
            yield from node.input
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from (value.name for value in attribute.g.output)
                yield from _used_in_subgraphs(attribute.g, inside=True)


def _new_ending(graph: onnx.GraphProto) -> str:
    """What no name of a value in ``graph`` ends in."""
    names = {t.name for t in graph.initializer} | {v.name for v in graph.input}
    names |= {output for node in graph.node for output in node.output}
    ending = "_half"
    while any(name.endswith(ending) for name in names):
        ending += "_"
    return ending


def _half_tensor(tensor: TensorProto, name: str) -> TensorProto:
    array = numpy_helper.to_array(tensor)
    limit = float(np.finfo(np.float16).max)
    return numpy_helper.from_array(np.clip(array, -limit, limit).astype(np.float16), name)


def _cast(source: str, target: str, dtype: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], name=f"cast_{target}", to=dtype)
