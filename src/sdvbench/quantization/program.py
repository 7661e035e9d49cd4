"""Layers with weights in an exported program: which there are, and what each of them computes in.

Compilers take precisions as options, too, and ignore them in silence: the program's own types are
what counts.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import torch
from torch.fx import Node

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept, shown

ATEN = torch.ops.aten
LAYERS = {  # operators whose first two arguments are an input and weights
    *(ATEN.conv1d.default, ATEN.conv2d.default, ATEN.conv3d.default, ATEN.convolution.default),
    *(ATEN.conv1d.padding, ATEN.conv2d.padding, ATEN.conv3d.padding),
    *(ATEN.conv_transpose1d.default, ATEN.conv_transpose2d.input, ATEN.conv_transpose3d.input),
    (DENSE := ATEN.linear.default),
}
RECURRENT = {  # whose third argument is a list of weights and biases
    *(ATEN.lstm.input, ATEN.gru.input, ATEN.rnn_tanh.input, ATEN.rnn_relu.input),
}
CELLS = {  # whose third and fourth arguments are weights
    *(ATEN.lstm_cell.default, ATEN.gru_cell.default),
    *(ATEN.rnn_tanh_cell.default, ATEN.rnn_relu_cell.default),
}
# Products in aten, by name, each with the arguments that are multiplied; weights may be among them.
# The tag "pointwise" does not tell what is none: torch.multiply, for one, lacks it.
PRODUCTS = {
    **dict.fromkeys(("matmul", "linalg_matmul", "mm", "bmm", "mv", "inner"), slice(2)),
    **dict.fromkeys(("dot", "vdot", "tensordot", "linalg_vecdot", "conv_tbc"), slice(2)),
    **dict.fromkeys(("addmm", "addbmm", "baddbmm", "addmv"), slice(1, 3)),
    **dict.fromkeys(("bilinear", "scaled_dot_product_attention"), slice(3)),
    **{"einsum": slice(1, 2), "linalg_multi_dot": slice(1), "chain_matmul": slice(1)},  # lists
}
QUANTIZED = re.compile(r"\bdequantize_per_(tensor|channel)\b|\bquantize_op\b")  # torchao, modelopt
BY_CALL = re.compile(r"\bdequantize_per_tensor\.tensor$")  # its scale is computed
FLOATING = re.compile(r"^(aten|mkldnn|mkl)\..*(convolution|linear|mm\b)")  # Inductor's
TYPES = {"fp32": "FLOAT", "fp16": "FLOAT16", "dyn8": "INT8 weights", "int8": "INT8"}
RULE = "dynamic quantization lowers dense layers, and leaves all others in float32"
REMEDY = "Name what is to stay float32 (the model's float_layers()), or use another precision"


def check_program(
    program: torch.export.ExportedProgram, precision: str, kept: Collection[str] = ()
) -> dict[str, Any]:
    """What the layers compute in, as ``quantization.layers.check_layers`` gives it: "layers" counts
    them by type, "float_layers" names those of the modules in ``kept``, which stay float32; of
    dyn8, all but dense layers do, and "float_because" is that rule.

    Raises BuildError unless all others compute in ``precision``: of int8, input and weights.
    """
    kept = () if precision == "fp32" else kept
    layers = [(module_of(node) or node.name, node, kind) for node, kind in weighted(program)]
    ruled = {node for _, node, _ in layers if node.target is not DENSE and precision == "dyn8"}
    found = [(name, kind, node in ruled or is_kept(name, kept)) for name, node, kind in layers]
    kinds = [kind for _, kind, _ in found]
    wrong = [
        f"{name} ({kind})"
        for name, kind, stays in found
        if kind != ("FLOAT" if stays else TYPES[precision])
    ]
    if wrong or not (found or precision == "fp32") or (ruled and "INT8 weights" not in kinds):
        half, integer = kinds.count("FLOAT16"), sum(kind.startswith("INT8") for kind in kinds)
        told = f"of {len(found)} layers with weights {half} are half, {integer} int8"
        why = f"; {RULE}" if ruled else ""
        named = f"; these are not as they should be: {shown(wrong)}" if wrong else why
        raise BuildError("exported program", f"is no {precision}: {told}{named}", REMEDY)
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    facts = {"layers": counts, "float_layers": [name for name, _, stays in found if stays]}
    return facts | ({"float_because": RULE} if ruled else {})


def check_compiled(
    program: torch.export.ExportedProgram, precision: str, final: Iterable[Node], kernels: int
) -> None:
    """Raises BuildError where Inductor has made something of another precision out of ``program``.

    final: the nodes that it wrote code for. kernels: how many integer kernels that code calls.
    """
    called = [node for node in final if node.op == "call_function"]
    nodes = [(module_of(node) or node.name, node) for node in called]
    lower = [name for name, node in nodes if _dtype(node) in (torch.float16, torch.bfloat16)]
    if precision == "fp32" and lower:
        raise BuildError("compiled program", f"is no fp32: {shown(lower)} compute in less", REMEDY)
    integer = [
        module_of(node) or node.name for node, kind in weighted(program) if kind.startswith("INT8")
    ]
    if kernels < len(integer):
        left = [n for n, node in nodes if n in integer and FLOATING.search(str(node.target))]
        told = f"it calls {kernels} integer kernels for {len(integer)} layers with weights"
        # Small products of one sample are no operators any more, but sums among other arithmetic.
        where = "Inductor left these float" if left else "some of these became sums in float"
        problem = f"is no {precision}: {told}; {where}: {shown(left or integer)}"
        raise BuildError("compiled program", problem, REMEDY)


def weighted(program: torch.export.ExportedProgram) -> Iterator[tuple[Node, str]]:
    """The nodes of layers with weights, each with the type that it computes in: "FLOAT", "FLOAT16",
    "BFLOAT16" or "INT8"; "INT8 weights" where the range of the input is taken from each call.
    """
    given = set(program.graph_signature.user_inputs)
    depending: set[Node] = set()  # on an input of the network, as weights do not
    for node in program.graph.nodes:
        if node.name in given or not depending.isdisjoint(node.all_input_nodes):
            depending.add(node)
        if factors := _factors(node, depending):
            yield node, _type(factors)


def module_of(node: Node) -> str:
    """The name of the module that ``node`` comes from, "" where that is the network itself."""
    stack = node.meta.get("nn_module_stack") or {}
    return next((name for name, _ in reversed(stack.values())), "")


def _factors(node: Node, depending: Collection[Node]) -> list[Any]:
    """What ``node`` multiplies, the input first, if weights are among it."""
    args: Any = node.args
    if node.target in LAYERS:
        return [args[0], args[1]]
    if node.target in RECURRENT:  # of the list, biases are vectors
        return [args[0], *(one for one in args[2] if one.meta["val"].dim() > 1)]
    if node.target in CELLS:
        return [args[0], *args[2:4]]
    name = str(node.target).removeprefix("aten.").split(".")[0].rstrip("_")  # add_, in place
    given = args[PRODUCTS[name]] if name in PRODUCTS else ()
    factors = [one for each in given for one in (each if isinstance(each, Iterable) else [each])]
    return factors if any(one not in depending for one in factors) else []


def _type(factors: list[Any]) -> str:
    if all(f.op == "call_function" and QUANTIZED.search(str(f.target)) for f in factors):
        return "INT8 weights" if BY_CALL.search(str(factors[0].target)) else "INT8"
    lower = {torch.float16: "FLOAT16", torch.bfloat16: "BFLOAT16"}
    return lower.get(_dtype(factors[0]), "FLOAT")


def _dtype(node: Node) -> Any:
    """Of what ``node`` gives; None where that is no tensor."""
    return getattr(node.meta.get("val"), "dtype", None)
