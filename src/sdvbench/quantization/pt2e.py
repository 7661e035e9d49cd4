"""int8 and dyn8 for AOTInductor: an exported program with Q/DQ pairs, by torchao's PT2E."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sdvbench.models.base import Network
from sdvbench.quiet import quiet
from sdvbench.tensors import Inputs


def quantized(
    model: Network, example: tuple[Tensor, ...], calls: Iterable[Inputs] | None, reduced: bool
) -> torch.export.ExportedProgram:
    """``model``, fused and on the CPU, as a program whose layers see int8 weights, with one scale a
    channel, and uint8 inputs, whose ranges come from histograms of what ``calls`` cause.

    calls: the inputs of one call each; None has dense layers only see whole numbers, with ranges
    of each call. reduced: inputs have 7 bits, since CPUs without VNNI add up products of 8 bits in
    16, which overflow.
    """
    with quiet():  # it tells which of its compiled extensions do not load here
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
        from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86

        quantizer = x86.X86InductorQuantizer()
        config = x86.get_default_x86_inductor_quantization_config(
            is_dynamic=calls is None, reduce_range=reduced
        )
        if calls is None:  # it would put pairs around convolutions, too, and compile them as float
            quantizer.set_module_type_qconfig(torch.nn.Linear, config)
        else:
            quantizer.set_global(config)
        for name in model.kept_names(decoded=True):
            quantizer.set_module_name_qconfig(name, None)
        prepared: Any = prepare_pt2e(torch.export.export(model, example).module(), quantizer)
    if calls is None:  # for the ranges of weights
        prepared(*example)
    for inputs in calls or ():
        prepared(*(torch.from_numpy(np.ascontiguousarray(array)) for array in inputs))
    with quiet():
        return torch.export.export(convert_pt2e(prepared), example)
