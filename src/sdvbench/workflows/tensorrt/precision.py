"""The precision of an exported program, told before anything is converted."""

from collections.abc import Collection
from typing import Any

import torch

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept

ATEN = torch.ops.aten
WEIGHTED = {  # operators of layers with weights, whose second argument these are
    *(ATEN.conv1d.default, ATEN.conv2d.default, ATEN.conv3d.default, ATEN.convolution.default),
    *(ATEN.conv_transpose1d.default, ATEN.conv_transpose2d.input, ATEN.conv_transpose3d.input),
    *(ATEN.linear.default, ATEN.lstm.input, ATEN.gru.input),
}


def check_precision(
    program: torch.export.ExportedProgram, precision: str, kept: Collection[str] = ()
) -> None:
    """Raises BuildError unless all layers with weights but those of the modules in ``kept`` compute
    in ``precision``.

    Torch-TensorRT takes other precisions as an option, too, and ignores it in silence: types are
    strong in TensorRT 11, so the program's own are what counts.
    """
    nodes = [node for node in program.graph_module.graph.nodes if node.target in WEIGHTED]
    nodes = [node for node in nodes if precision == "fp32" or not is_kept(_module(node), kept)]
    half = sum(node.args[0].meta["val"].dtype is torch.float16 for node in nodes)
    integer = sum("quantize_op" in str(node.args[0].target) for node in nodes)
    lowered = {"fp32": len(nodes) - half - integer, "fp16": half, "int8": integer}[precision]
    if lowered < len(nodes) or not nodes:
        told = f"of {len(nodes)} layers with weights {half} are half, {integer} int8"
        raise BuildError("exported program", f"is no {precision}: {told}")


def _module(node: Any) -> str:
    """The name of the module that the node comes from."""
    stack = node.meta.get("nn_module_stack") or {}
    return next((name for name, _ in reversed(stack.values())), "")
