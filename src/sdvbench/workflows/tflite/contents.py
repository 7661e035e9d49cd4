"""What a TensorFlow Lite file holds: the types of its layers' weights, and of what they take.

The converter leaves in float what it cannot lower, and says nothing of it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

from sdvbench.errors import BuildError

LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")
BETWEEN = ("QUANTIZE", "DEQUANTIZE")
TYPES = {  # of what a layer takes, and of its weights: what the manifest calls it
    ("FLOAT32", "FLOAT32"): "FLOAT",
    ("FLOAT32", "FLOAT16"): "FLOAT16 weights",
    ("FLOAT32", "INT8"): "INT8 weights",
    ("INT8", "INT8"): "INT8",
}
WANTED = {
    "fp32": "FLOAT",
    "fp16": "FLOAT16 weights",
    "dyn8": "INT8 weights",
    "int8": "INT8",
    "int8f": "INT8",
}
SMALLEST = 1024  # weights; the dynamic range leaves layers with fewer in float32
RULE = f"TensorFlow's dynamic range leaves layers of fewer than {SMALLEST} weights in float32"
REMEDY = "Use another precision or workflow"


def checked(file: Path, precision: str, layers: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Facts for the manifest: "layers" counts the layers with weights by type, "float_layers" names
    those that are float32 in a lower precision; of dyn8 "float_because" is the rule by which; of
    int8f "float_operators" counts what else computes in float32.

    layers: the names of the layers with weights, in order, each with the number of its weights.
    Raises BuildError where the file is not in ``precision``.
    """
    graph = _Graph(file.read_bytes())
    found = [(operator, graph.weights(operator)) for operator in graph.operators_of(LAYERS)]
    sizes = [size for _, size in layers]
    if [prod(shape) for _, (_, shape) in found] != sizes:
        problem = f"holds other layers with weights than the network's {len(layers)}"
        raise BuildError(f"{precision} file of TensorFlow Lite", problem, REMEDY)
    types = [TYPES.get((graph.taken(op), kind), f"{kind} weights") for op, (kind, _) in found]
    left = [precision == "dyn8" and size < SMALLEST for size in sizes]
    wrong = [
        f"{name} ({kind})"
        for (name, _), kind, small in zip(layers, types, left, strict=True)
        if kind != ("FLOAT" if small else WANTED[precision])
    ]
    floating = Counter(graph.floating())
    if precision == "int8":
        wrong += [f"{operator} (FLOAT)" for operator in floating]
        wrong += [f"an input or output in {kind}" for kind in graph.ends() if kind != "UINT8"]
    if precision != "fp32" and not wrong and set(types) <= {"FLOAT"}:
        wrong.append(RULE if types else "it has no layer with weights")
    if wrong:
        advice = "Use int8f, which may fall back to float32" if precision == "int8" else REMEDY
        problem = f"is no {precision} by its content: {', '.join(wrong)}"
        raise BuildError(f"{precision} file of TensorFlow Lite", problem, advice)
    small_names = [name for (name, _), small in zip(layers, left, strict=True) if small]
    facts: dict[str, Any] = {"layers": dict(Counter(types)), "float_layers": small_names}
    if small_names:
        facts["float_because"] = RULE
    if precision == "int8f":
        facts["float_operators"] = dict(floating)
    return facts


@dataclass(frozen=True)
class _Operator:
    """name: as the schema has it. inputs, outputs: places of tensors; -1 where one is left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class _Graph:
    """The one subgraph of a file."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._model = schema.Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        self._types = _names(schema.TensorType)
        self._operators = _names(schema.BuiltinOperator)

    @cached_property
    def operators(self) -> list[_Operator]:
        found = []
        for place in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(place)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            # Numbers beyond 127 came later, and stand in another field.
            name = self._operators[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            tensors = (operator.InputsAsNumpy(), operator.OutputsAsNumpy())
            inputs, outputs = (tuple(map(int, places)) for places in tensors)
            found.append(_Operator(name, inputs, outputs))
        return found

    def operators_of(self, names: Sequence[str]) -> list[_Operator]:
        return [operator for operator in self.operators if operator.name in names]

    def taken(self, operator: _Operator) -> str:
        """The type of its input."""
        return self.type(operator.inputs[0])

    def weights(self, operator: _Operator) -> tuple[str, tuple[int, ...]]:
        """Their type as they are stored, and their shape."""
        place = operator.inputs[1]
        for other in self.operators:
            if other.name == "DEQUANTIZE" and other.outputs[0] == place:
                place = other.inputs[0]
        return self.type(place), self.shape(place)

    def floating(self) -> Iterator[str]:
        """The operators without weights that compute in float32, but those that change types."""
        for operator in self.operators:
            places = (*operator.inputs[:1], *operator.outputs)
            told = operator.name not in (*LAYERS, *BETWEEN)
            if told and any(self.type(one) == "FLOAT32" for one in places):
                yield operator.name

    def ends(self) -> list[str]:
        """The types of the file's inputs and outputs."""
        places = (*self._graph.InputsAsNumpy(), *self._graph.OutputsAsNumpy())
        return [self.type(int(place)) for place in places]

    def type(self, place: int) -> str:
        return self._types[self._graph.Tensors(place).Type()]

    def shape(self, place: int) -> tuple[int, ...]:
        return tuple(map(int, self._graph.Tensors(place).ShapeAsNumpy()))


def _names(values: Any) -> dict[int, str]:
    """Of an enumeration as the schema's compiler writes it."""
    return {value: name for name, value in vars(values).items() if isinstance(value, int)}
