"""Layers with weights in an ONNX graph: which there are, and what each of them computes in."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept

# Operators that multiply an input by weights, with the places where weights may be.
WEIGHTS = {
    **{"Conv": (1,), "ConvTranspose": (1,), "Gemm": (0, 1), "MatMul": (0, 1)},
    **{"LSTM": (1,), "GRU": (1,), "RNN": (1,)},
}
# What may lie between a stored tensor and the layer that uses it.
PASSING = {"Cast", "DequantizeLinear", "Identity", "QuantizeLinear", "Reshape", "Transpose"}
TYPES = {"fp32": "FLOAT", "fp16": "FLOAT16", "int8": "INT8", "int16": "INT16"}
WIDEST = ("DOUBLE", "FLOAT", "BFLOAT16", "FLOAT16", "INT16", "INT8")
SHOWN = 5


@dataclass(frozen=True)
class Layer:
    """A node with weights. computes_in: the type of both its factors, "FLOAT", "FLOAT16", "INT8" or
    "INT16" (signed or not); of unlike ones the wider.
    """

    name: str
    operator: str
    computes_in: str


@dataclass(frozen=True)
class Graph:
    """A graph that can be followed upwards, with those around it, whose values it may use."""

    graph: onnx.GraphProto
    outer: "Graph | None" = None

    def __post_init__(self) -> None:
        makers = {output: node for node in self.graph.node for output in node.output}
        stored = {tensor.name: tensor for tensor in self.graph.initializer}
        object.__setattr__(self, "_makers", makers)
        object.__setattr__(self, "_stored", stored)

    def maker(self, name: str) -> onnx.NodeProto | None:
        found: Any = self._makers.get(name)  # type: ignore[attr-defined]
        return found or (self.outer.maker(name) if self.outer else None)

    def stored(self, name: str) -> TensorProto | None:
        """The tensor that ``name`` is, or comes from by nothing but conversions."""
        while True:
            tensor: Any = self._stored.get(name)  # type: ignore[attr-defined]
            tensor = tensor or (self.outer.stored(name) if self.outer else None)
            node = self.maker(name)
            if tensor is not None or node is None:
                return tensor  # type: ignore[no-any-return]
            if node.op_type == "Constant":
                return next((a.t for a in node.attribute if a.name == "value"), None)
            if node.op_type not in PASSING:
                return None
            name = node.input[0]

    def weighted(self, node: onnx.NodeProto) -> bool:
        places = WEIGHTS.get(node.op_type, ()) if node.domain in ("", "ai.onnx") else ()
        return any(self.stored(node.input[place]) is not None for place in places)

    def type_of(self, name: str) -> str:
        """ "INT8" or "INT16" of a dequantized tensor, else of the weights that it is or of the cast
        that it comes from, else "".
        """
        node = self.maker(name)
        if node is not None and node.op_type == "DequantizeLinear":
            zero = self.stored(node.input[2]) if len(node.input) > 2 else None
            return TensorProto.DataType.Name(zero.data_type).lstrip("U") if zero else "INT8"
        if node is not None and node.op_type == "Cast":
            to = next(a.i for a in node.attribute if a.name == "to")
            return str(TensorProto.DataType.Name(to))
        tensor = self.stored(name)
        return "" if tensor is None else str(TensorProto.DataType.Name(tensor.data_type))


def layers(graph: onnx.GraphProto, outer: Graph | None = None) -> Iterator[Layer]:
    """The layers with weights, those of subgraphs (the branches of an If, for one) too."""
    found = Graph(graph, outer)
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from layers(inner, found)
        if found.weighted(node):
            types = {found.type_of(name) for name in node.input[:2]}
            if types <= {"", "INT8", "INT16"} and "" in types:
                types = {"FLOAT"}  # integers that are multiplied as floats
            yield Layer(node.name, node.op_type, min(types - {""}, key=WIDEST.index))


def lowered(graph: onnx.GraphProto, kept: Collection[str] = ()) -> set[int]:
    """Indices of the nodes that compute in a lower precision: all layers with weights but those in
    ``kept``, and what feeds them.
    """
    found = Graph(graph)
    producer = {output: i for i, node in enumerate(graph.node) for output in node.output}
    pending = [i for i, node in enumerate(graph.node) if found.weighted(node)]
    body: set[int] = set()
    while pending:
        index = pending.pop()
        node = graph.node[index]
        if index not in body and not is_kept(node.name, kept):
            body.add(index)
            pending += [producer[name] for name in node.input if name in producer]
    return body


def check_layers(file: Path, precision: str, kept: Collection[str] = ()) -> dict[str, Any]:
    """What the layers of an ONNX file compute in, for the artifact's manifest: "layers" counts
    them by type, "float_layers" names those that stay float32 by the model's word, ``kept``.

    Raises BuildError where another one is not in ``precision``: the figures would be another
    precision's.
    """
    found = list(layers(onnx.load(file, load_external_data=False).graph))
    wanted = TYPES[precision]
    wrong = [
        layer
        for layer in found
        if layer.computes_in != ("FLOAT" if is_kept(layer.name, kept) else wanted)
    ]
    if wrong or not (found or precision == "fp32"):
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        names = ", ".join(
            f"{one.name} ({one.operator}, {one.computes_in})" for one in wrong[:SHOWN]
        )
        told = f"{len(wrong)} of {len(found)} layers with weights are not: {names}{more}"
        raise BuildError(
            f"{precision} network",
            told if found else "has no layer with weights, so that no precision means anything",
            "Name what is to stay float32 (the model's float_layers(), or float=NAME|NAME of a "
            "network file), or use another precision",
        )
    counts: dict[str, int] = {}
    for layer in found:
        counts[layer.computes_in] = counts.get(layer.computes_in, 0) + 1
    stay = [layer.name for layer in found if precision != "fp32" and is_kept(layer.name, kept)]
    return {"layers": counts, "float_layers": stay}
