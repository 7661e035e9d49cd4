"""An exported program as the layers that Keras has for it, if it is a plain sequence of such."""

from collections.abc import Mapping
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import Node
from torch.fx.node import map_arg

from sdvbench.errors import BuildError
from sdvbench.quantization.program import module_of
from sdvbench.workflows.tflite.layers import Layer, Sequence, Untranslatable


def planned(program: ExportedProgram, name: str) -> list[Layer]:
    """The layers, images with their channels last. name: of the network, for messages.

    Raises BuildError, naming the operation, for what is no plain sequence of layers that are known.
    """
    try:
        return _Walk(program).layers()
    except Untranslatable as error:
        problem = f"is no plain sequence of layers, which LiteRT is built from: it has {error}"
        raise BuildError(f"model {name}", problem, "Use another workflow, such as W1") from error


class _Walk:
    """Along the graph, from the one input to the one output."""

    def __init__(self, program: ExportedProgram) -> None:
        self._program = program
        self._known: dict[Node, Any] = {}  # what does not depend on the input

    def layers(self) -> list[Layer]:
        signature = self._program.graph_signature
        counts = len(signature.user_inputs), len(signature.user_outputs)
        if counts != (1, 1):
            raise Untranslatable(f"{counts[0]} inputs and {counts[1]} outputs, not one each")
        nodes = list(self._program.graph.nodes)
        (last,) = (node for node in nodes if node.name in signature.user_inputs)
        sequence = Sequence(_shape(last))
        for node in nodes:
            if node.op == "placeholder" and node is not last:
                self._known[node] = self._stored(node.name)
            elif node.op == "call_function" and self._known.keys() >= set(node.all_input_nodes):
                args, named = map_arg((node.args, node.kwargs), self._known.get)
                self._known[node] = node.target(*args, **named)
            elif node.op == "call_function":
                self._add(sequence, node, last)
                last = node
        if signature.user_outputs[0] != last.name:
            raise Untranslatable("an output that is not what its last layer gives")
        return sequence.ended()

    def _add(self, sequence: Sequence, node: Node, last: Node) -> None:
        where = f"{node.target} in {module_of(node) or 'its forward'}"
        computed = [one for one in _operands(node) if one not in self._known]
        if computed != [last]:
            raise Untranslatable(f"{where}, which does not take the layer before it alone")
        target: Any = node.target
        operator = target.overloadpacket.__name__.removesuffix("_")  # in place or not
        try:
            given = _arguments(node, self._known)
            sequence.add(operator, given, _shape(node), module_of(node))
        except Untranslatable as error:
            raise Untranslatable(f"{where}{error}") from error

    def _stored(self, name: str) -> Any:
        """The parameter, buffer or constant that the graph takes as ``name``."""
        signature, program = self._program.graph_signature, self._program
        targets = {
            **signature.inputs_to_parameters,
            **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants,
        }
        return {**program.constants, **program.state_dict}[targets[name]]


def _shape(node: Node) -> tuple[int, ...]:
    value = node.meta.get("val")
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        raise Untranslatable(f"{node.name}, which is no tensor of floating-point numbers")
    return tuple(value.shape)


def _operands(node: Node) -> list[Node]:
    """Every node that ``node`` takes, as often as it takes it."""
    found: list[Node] = []
    map_arg((node.args, node.kwargs), found.append)
    return found


def _arguments(node: Node, known: Mapping[Node, Any]) -> dict[str, Any]:
    """As ``Sequence.add`` takes them, by the names that PyTorch's schema gives them."""
    target: Any = node.target
    declared = target._schema.arguments
    values = {one.name: one.default_value for one in declared if one.has_default_value()}
    values |= {one.name: value for one, value in zip(declared, node.args, strict=False)}
    values |= node.kwargs

    def plain(value: Any) -> Any:
        value = known.get(value) if isinstance(value, Node) else value
        return value.detach().double().numpy() if isinstance(value, torch.Tensor) else value

    return {name: plain(value) for name, value in values.items()}
