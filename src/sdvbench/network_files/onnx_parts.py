"""The parts of a parsed ONNX model, wherever they lie: nodes, and tensors."""

from collections.abc import Iterable, Iterator
from typing import Any


def all_nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    """``nodes``, and those of the graphs inside them. How deep graphs lie was checked before."""
    for node in nodes:
        yield node
        for graph in _graphs(node.attribute):
            yield from all_nodes(graph.node)


def all_tensors(model: Any) -> Iterator[Any]:
    """Every TensorProto of the model's graph and functions, those in sparse tensors included."""
    yield from _in_graph(model.graph)
    for function in model.functions:
        yield from _in_attributes(function.attribute_proto)
        yield from _in_nodes(function.node)


def all_sparse(model: Any) -> Iterator[Any]:
    """Every SparseTensorProto of the model's graph and functions."""
    nodes = [model.graph.node, *(function.node for function in model.functions)]
    yield from model.graph.sparse_initializer
    for node in (node for some in nodes for node in all_nodes(some)):
        for attribute in node.attribute:
            yield from _sparse(attribute)
            for graph in _graphs([attribute]):
                yield from graph.sparse_initializer


def _in_graph(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _in_nodes(graph.node)


def _in_nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        yield from _in_attributes(node.attribute)


def _in_attributes(attributes: Iterable[Any]) -> Iterator[Any]:
    for attribute in attributes:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        for sparse in _sparse(attribute):
            yield from (sparse.values, sparse.indices)
        for graph in _graphs([attribute]):
            yield from _in_graph(graph)


def _sparse(attribute: Any) -> Iterator[Any]:
    if attribute.HasField("sparse_tensor"):
        yield attribute.sparse_tensor
    yield from attribute.sparse_tensors


def _graphs(attributes: Iterable[Any]) -> Iterator[Any]:
    for attribute in attributes:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs
