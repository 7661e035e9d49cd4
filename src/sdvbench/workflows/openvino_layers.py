"""What the layers of a network run in once OpenVINO has compiled it."""

from collections.abc import Mapping
from typing import Any

from sdvbench.errors import BuildError
from sdvbench.quantization.names import shown

# What they run in by the runtime's own word; int8 is named by the type of the activations.
RUNS_IN = {"FLOAT": ("f32",), "INT8": ("u8", "i8")}
PRODUCT, RECURRENT = ("FullyConnected", "MatMul"), ("RNNSeq", "RNNCell")
KINDS = {  # of ONNX's operators: OpenVINO's layers
    "Conv": ("Convolution",),
    "ConvTranspose": ("Deconvolution",),
    **dict.fromkeys(("Gemm", "MatMul"), PRODUCT),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), RECURRENT),
}


def name_as_in_onnx(model: Any, graph: Any) -> None:
    """Nodes that make the network's outputs are called as these; layers are known by their names.

    model: OpenVINO's. graph: the ONNX file's.
    """
    outputs = {value.name for value in graph.output}
    names = {name: node.name for node in graph.node for name in outputs.intersection(node.output)}
    for node in model.get_ops():
        if node.get_friendly_name() in names:
            node.set_friendly_name(names[node.get_friendly_name()])


def running_in(compiled: Any, operators: Mapping[str, str]) -> dict[str, str]:
    """What each layer runs in; operators: ONNX's, by the layers' names.

    OpenVINO forgets the names of some layers that it fuses with others, such as BatchNorm. They are
    among those of their kind that run under other names: where all of these run in one type, it is
    theirs, and else "unknown".
    """
    found: dict[str, str] = {}
    nameless: dict[str, set[str]] = {}
    told = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    # A layer's bias and scales are called after it where they run by themselves, which is later.
    for facts in sorted(told, key=lambda facts: -int(facts["execOrder"].value)):
        parts = facts["originalLayersNames"].value.split(",")
        its = [n for n in operators if any(f"{part}/".startswith(f"{n}/") for part in parts)]
        found |= dict.fromkeys(its, facts["runtimePrecision"].value)
        if not its:
            kind = facts["layerType"].value
            nameless.setdefault(kind, set()).add(facts["runtimePrecision"].value)
    for name, operator in operators.items():
        types = set().union(*(nameless.get(kind, set()) for kind in KINDS.get(operator, ())))
        found.setdefault(name, types.pop() if len(types) == 1 else "unknown")
    return found


def check_types(
    found: Mapping[str, str], types: Mapping[str, tuple[str, ...]], precision: str
) -> None:
    """Raises BuildError where a layer runs in none of its ``types``: the figures would be another
    precision's.
    """
    wrong = [
        f"{n} ({found[n]}, not {types[n][0]})"
        for n in found
        if found[n] not in (*types[n], "unknown")
    ]
    if wrong:
        raise BuildError(
            f"{precision} network",
            f"{len(wrong)} of {len(found)} layers with weights run in another type in OpenVINO on "
            f"this CPU: {shown(wrong)}",
            "Name what is to stay float32 (the model's float_layers(), or float=NAME|NAME of a "
            "network file), or use another precision or workflow",
        )
    unknown = [name for name in found if found[name] == "unknown"]
    if unknown:
        raise BuildError(
            f"{precision} network",
            f"OpenVINO does not tell what {len(unknown)} of {len(found)} layers with weights run "
            f"in, {shown(unknown)} for example",
            "Export it without branches (If, Loop), or use another workflow",
        )
