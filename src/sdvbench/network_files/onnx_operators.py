"""Which operators an ONNX model may ask for, and how much its functions grow to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import refuse_operators
from sdvbench.network_files.onnx_parts import all_nodes

STANDARD = ("", "ai.onnx", "ai.onnx.ml")
CONTRIB = "com.microsoft"  # ONNX Runtime's own
# Of these, what hands the bytes of a file to another program, or asks for code that is not there.
COMPILED = ("ATen", "EPContext", "PythonOp", "PythonOpGrad", "Snpe", "TritonOp")
MOST_NODES = 200_000  # with every function written out at every place that calls it
DEEPEST = 50  # functions that call one another

Key = tuple[str, str, str]


def check_operators(path: Path, model: Any) -> None:
    """Raises NetworkFileError for an operator that needs code of its own, and for functions that
    call themselves or grow beyond MOST_NODES.
    """
    functions = {
        (function.domain, function.name, function.overload): function
        for function in model.functions
    }
    if len(functions) < len(model.functions):
        raise NetworkFileError(path, "defines a function twice", "Export the network again")
    refuse_operators(path, _refused(model, functions))
    grown = _Grown(path, functions).nodes(model.graph.node, 0)
    if grown > MOST_NODES:
        problem = f"has {grown:,} nodes, more than {MOST_NODES:,}"
        raise NetworkFileError(path, problem, "Export a smaller network")


def _refused(model: Any, functions: dict[Key, Any]) -> Iterator[tuple[str, str]]:
    """(node, what it asks for) of every node that needs code of its own."""
    for nodes in (model.graph.node, *(function.node for function in model.functions)):
        for node in all_nodes(nodes):
            if _key(node) in functions or node.domain in STANDARD:
                continue
            if node.domain != CONTRIB or node.op_type in COMPILED:
                name = node.name or (node.output[0] if node.output else "")
                yield name, f"the operator {node.op_type!r} of the domain {node.domain!r}"


def _key(node: Any) -> Key:
    return node.domain, node.op_type, node.overload


class _Grown:
    """How many nodes there are once functions are written out."""

    def __init__(self, path: Path, functions: dict[Key, Any]) -> None:
        self._path = path
        self._functions = functions
        self._known: dict[Key, int] = {}

    def nodes(self, nodes: Any, depth: int) -> int:
        return sum(1 + self._function(_key(node), depth) for node in all_nodes(nodes))

    def _function(self, key: Key, depth: int) -> int:
        if key not in self._functions:
            return 0
        if depth > DEEPEST:
            problem = f"calls itself, or others more than {DEEPEST} deep"
            raise NetworkFileError(
                f"{self._path}: function {key[1]!r}", problem, "Export the network again"
            )
        if key not in self._known:
            self._known[key] = self.nodes(self._functions[key].node, depth + 1)
        return self._known[key]
