"""Layers with weights in a TorchScript module: which there are, and what each of them computes in.

Layers are named after the attributes that hold their weights, which a saved file keeps.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import torch

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept, shown
from sdvbench.quantization.program import PRODUCTS, REMEDY, RULE, TYPES

LAYERS = re.compile(r"aten::(_?convolution\w*|conv_?(transpose)?[123]d|linear)")
STATES = re.compile(
    r"aten::(lstm|gru|rnn_tanh|rnn_relu)(_cell)?"
)  # weights from the third input on
QUANTIZED = re.compile(r"quantized::(conv|linear)\w*")
DENSE = re.compile(r"(aten|quantized)::linear\w*")


@dataclass(frozen=True)
class Layer:
    """name: of the module that holds its weights. computes_in: "FLOAT", "INT8"; "INT8 weights"
    where the range of the input is taken from each call.
    """

    name: str
    operator: str
    computes_in: str


def check_script(
    module: Any, precision: str, modules: Collection[str], kept: Collection[str] = ()
) -> dict[str, Any]:
    """What the layers compute in, as ``quantization.layers.check_layers`` gives it: "layers" counts
    them by type, "float_layers" names those in float32 below fp32; of dyn8, "float_because" is the
    rule by which others than dense ones are.

    modules: names of the modules that multiply by weights. Raises BuildError unless layers of each
    are found, and all but those of the modules in ``kept`` compute in ``precision``.
    """
    found = list(layers(module))
    kinds = Counter(layer.computes_in for layer in found)
    hidden = [name for name in modules if not any(is_kept(one.name, [name]) for one in found)]
    if hidden:
        problem = f"does not tell what these layers compute in: {shown(hidden)}"
        raise BuildError(f"{precision} file of TorchScript", problem, REMEDY)
    kept = () if precision == "fp32" else kept
    by_rule = [one for one in found if precision == "dyn8" and not DENSE.fullmatch(one.operator)]
    stay = [one for one in found if one in by_rule or is_kept(one.name, kept)]
    wrong = [
        f"{one.name} ({one.computes_in})"
        for one in found
        if one.computes_in != ("FLOAT" if one in stay else TYPES[precision])
    ]
    if wrong or not (precision == "fp32" or kinds[TYPES[precision]]):
        told = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "none"
        why = f"; {RULE}" if by_rule and not wrong else ""
        named = f"; these are not as they should be: {shown(wrong)}" if wrong else why
        problem = f"is no {precision}: its layers with weights are {told}{named}"
        raise BuildError(f"{precision} file of TorchScript", problem, REMEDY)
    facts = {"layers": dict(kinds), "float_layers": [one.name for one in stay]}
    return facts | ({"float_because": RULE} if by_rule else {})


def layers(module: Any) -> Iterator[Layer]:
    """Those of ``module``, a torch.jit.ScriptModule, in the order in which they compute."""
    graph = module.inlined_graph
    _, *inputs = graph.inputs()  # the first is the module itself
    depending = {value.debugName() for value in inputs}  # on an input, as weights do not
    for number, node in enumerate(_nodes(graph)):
        given = list(node.inputs())
        factors = _factors(node.kind(), given, depending)
        if not depending.isdisjoint(value.debugName() for value in given):
            depending |= {value.debugName() for value in node.outputs()}
        if factors is not None:
            held = next(filter(None, map(_held, factors)), "")
            name = _owner(held) or f"{node.kind()}_{number}"
            yield Layer(name, node.kind(), _type(node.kind(), module, held))


def _nodes(block: Any) -> Iterator[Any]:
    """With those of branches and loops."""
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from _nodes(inner)


def _factors(kind: str, given: list[Any], depending: Collection[str]) -> list[Any] | None:
    """What may be weights among the inputs of an operator that multiplies by some; else None."""
    constant = [value for value in given if value.debugName() not in depending]
    if LAYERS.fullmatch(kind) or QUANTIZED.fullmatch(kind):
        return [value for value in given[1:2] if value in constant]
    if STATES.fullmatch(kind):
        return [value for value in given[2:] if value in constant]
    places = PRODUCTS.get(kind.removeprefix("aten::").rstrip("_"), slice(0))
    factors = [one for value in given[places] for one in _members(value)]
    stored = [value for value in factors if value.debugName() not in depending]
    return stored if any(map(_held, stored)) else None


def _members(value: Any) -> list[Any]:
    """Those of a list, else ``value`` itself."""
    node = value.node()
    return list(node.inputs()) if node.kind() == "prim::ListConstruct" else [value]


def _held(value: Any) -> str:
    """The name of the attribute that ``value`` is made of, "" where there is none."""
    node = value.node()
    if node.kind() != "prim::GetAttr":
        return next(filter(None, map(_held, node.inputs())), "")
    name: str = node.s("name")
    above = next(iter(node.inputs()))
    return ".".join(filter(None, (_held(above), name)))


def _owner(held: str) -> str:
    """The module that has the attribute ``held``, which packed weights hold once or twice."""
    *owner, name = held.split(".")
    while name == "_packed_params" and owner and owner[-1] == name:
        owner.pop()
    return ".".join(owner)


def _type(operator: str, module: Any, held: str) -> str:
    if QUANTIZED.fullmatch(operator):
        return "INT8 weights" if "dynamic" in operator else "INT8"
    weights = attrgetter(held)(module) if held else None
    dtype = weights.dtype if isinstance(weights, torch.Tensor) else torch.float32
    return {torch.float32: "FLOAT", torch.float16: "FLOAT16"}.get(dtype, str(dtype))
