"""The precision of an exported program, told before anything is converted."""

import torch

from sdvbench.errors import BuildError

CONVOLUTION = torch.ops.aten.conv2d.default


def check_precision(program: torch.export.ExportedProgram, precision: str) -> None:
    """Raises BuildError unless what TensorRT will be given computes in ``precision``.

    Torch-TensorRT takes other precisions as an option, too, and ignores it in silence: types are
    strong in TensorRT 11, so the program's own are what counts.
    """
    nodes = program.graph_module.graph.nodes
    convolutions = [node for node in nodes if node.target is CONVOLUTION]
    half = sum(node.meta["val"].dtype is torch.float16 for node in convolutions)
    whole = len(convolutions)
    integer = sum("quantize_op" in str(node.args[0].target) for node in convolutions)
    wanted = {
        "fp32": whole and not half and not integer,
        "fp16": whole and half == whole,
        "int8": integer and not half,
    }
    if not wanted[precision]:
        problem = f"is no {precision}: of {whole} convolutions {half} are half, {integer} int8"
        raise BuildError("exported program", problem)
