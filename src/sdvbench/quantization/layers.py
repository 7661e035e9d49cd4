"""Layers with weights in an ONNX graph: which there are, and what each of them computes in."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept, shown

# Operators that multiply an input by weights, with the places where weights may be.
WEIGHTS: dict[str, tuple[int, ...]] = {
    **{"Conv": (1,), "ConvTranspose": (1,), "Gemm": (0, 1), "MatMul": (0, 1)},
    **{"LSTM": (1,), "GRU": (1,), "RNN": (1,), "DeformConv": (1,), "Einsum": (0, 1, 2)},
}
INTEGER = {"ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul"}
COUNTING = {"INT32", "INT64", "UINT32", "UINT64"}  # of indices and sizes, which no precision is of
TYPES = {"fp32": "FLOAT", "fp16": "FLOAT16", "int8": "INT8", "int16": "INT16"}
WIDEST = ("DOUBLE", "FLOAT", "BFLOAT16", "FLOAT16", "INT16", "INT8")


@dataclass(frozen=True)
class Layer:
    """A node with weights. computes_in: the type of both its factors, "FLOAT", "FLOAT16", "INT8" or
    "INT16" (signed or not), of unlike ones the wider; "INT8 weights" where they alone are integers.
    """

    name: str
    operator: str
    computes_in: str


class Graph:
    """A graph of which it is known where values come from; outer: the one around it, whose values
    it may use.
    """

    def __init__(self, graph: onnx.GraphProto, outer: "Graph | None" = None) -> None:
        self._outer = outer
        self._makers = {output: node for node in graph.node for output in node.output}
        # What is known before any input: each with the first stored tensor that it is made of.
        self._constants: dict[str, TensorProto] = {t.name: t for t in graph.initializer}
        for node in graph.node:  # in the order in which they can be computed
            found = [self.constant(name) for name in node.input if name]
            if node.op_type == "Constant":
                found = [a.t for a in node.attribute if a.name == "value"]
            if any(a.HasField("g") or a.graphs for a in node.attribute):
                continue  # what its branches use is not among its inputs
            if found and found[0] is not None and all(found):
                self._constants |= dict.fromkeys(node.output, found[0])

    def maker(self, name: str) -> onnx.NodeProto | None:
        """The node that puts out ``name``."""
        found = self._makers.get(name)
        return found or (self._outer.maker(name) if self._outer else None)

    def constant(self, name: str) -> TensorProto | None:
        """The stored tensor that ``name`` is, or is made of; None where it depends on an input."""
        found = self._constants.get(name)
        return found or (self._outer.constant(name) if self._outer else None)

    def weighted(self, node: onnx.NodeProto) -> bool:
        """Whether it multiplies something by weights."""
        return self.computes_in(node) is not None

    def computes_in(self, node: onnx.NodeProto) -> str | None:
        """As ``Layer.computes_in``; None of a node without weights."""
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            return None
        if node.domain not in ("", "ai.onnx"):  # a runtime's own
            stored = [t for name in node.input if (t := self.constant(name)) and len(t.dims) > 1]
            return _type_name(stored[0].data_type) if stored else None
        if node.op_type in INTEGER:
            return "INT8"
        places = WEIGHTS.get(node.op_type, ())
        if not any(self.constant(node.input[p]) is not None for p in places if p < len(node.input)):
            return None
        types = {self.type_of(name) for name in node.input[: max(2, len(places))]}
        known = types - {""}
        if known & COUNTING:
            return None
        if "" in types and not known & {*WIDEST[:4]}:
            return f"{min(known)} weights"
        return min(known, key=lambda kind: WIDEST.index(kind) if kind in WIDEST else -1)

    def type_of(self, name: str) -> str:
        """ "INT8", for one, of a dequantized tensor, else that of a cast or a constant, else ""."""
        node = self.maker(name)
        if node is not None and node.op_type == "DequantizeLinear":
            return self._quantized_type(node)
        if node is not None and node.op_type == "Cast":
            return _type_name(next(a.i for a in node.attribute if a.name == "to"))
        tensor = self.constant(name)
        return "" if tensor is None else _type_name(tensor.data_type)

    def _quantized_type(self, node: onnx.NodeProto) -> str:
        """Of what a DequantizeLinear takes: that of its zero point, where it has one."""
        zero = self.constant(node.input[2]) if len(node.input) > 2 else None
        maker = self.maker(node.input[0])
        if zero is None and maker is not None and maker.op_type == "QuantizeLinear":
            zero = self.constant(maker.input[2]) if len(maker.input) > 2 else None
            return _type_name(zero.data_type if zero else TensorProto.UINT8).lstrip("U")
        zero = zero or self.constant(node.input[0])
        return _type_name(zero.data_type if zero else TensorProto.UINT8).lstrip("U")


def _type_name(number: int) -> str:
    return str(TensorProto.DataType.Name(number))


def layers(graph: onnx.GraphProto, outer: Graph | None = None) -> Iterator[Layer]:
    """The layers with weights, those of subgraphs (the branches of an If, for one) too."""
    found = Graph(graph, outer)
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from layers(inner, found)
        kind = found.computes_in(node)
        if kind is not None:
            yield Layer(node.name, node.op_type, kind)


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
        names = shown([f"{one.name} ({one.operator}, {one.computes_in})" for one in wrong])
        told = f"{len(wrong)} of {len(found)} layers with weights are not: {names}"
        if precision == "fp32":
            raise BuildError("fp32 network", told, "Pass the float32 network that it was made from")
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


def check_kept(file: Path, kept: Collection[str]) -> None:
    """Raises BuildError for a name in ``kept`` that nothing in the ONNX file begins with."""
    graph = onnx.load(file, load_external_data=False).graph
    names = [*(node.name for node in graph.node), *(layer.name for layer in layers(graph))]
    for one in kept:
        if not any(is_kept(name, [one]) for name in names):
            near = ", ".join(get_close_matches(one, names, cutoff=0.3))
            remedy = f"Choose one of its nodes, such as {near or ', '.join(names[:3])}"
            raise BuildError(f"float layer {one!r}", "is in no node of the network", remedy)
