"""int8 and dyn8 for TorchScript: modules that hold whole numbers, by torch.ao.quantization.

That package announces its removal in favour of torchao, whose programs have no such modules and no
form that TorchScript would run in whole numbers.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.quantization.names import is_kept
from sdvbench.quiet import quiet
from sdvbench.tensors import Inputs

ENGINE = "x86"  # FBGEMM, and oneDNN where that is the faster one


def static(
    model: Network, example: tuple[Tensor, ...], calls: Iterable[Inputs], reduced: bool
) -> nn.Module:
    """``model``, fused and on the CPU, with int8 weights, one scale a channel, and uint8
    activations, whose ranges come from histograms of what ``calls`` cause.

    calls: the inputs of one call each. reduced: activations have 7 bits, since CPUs without VNNI
    add up products of 8 bits in 16, which overflow.
    """
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.fx.custom_config import PrepareCustomConfig
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    kept = model.kept_names(decoded=True)
    # The two differ by the bits of activations; which engine computes is settled by convert_fx.
    mapping = get_default_qconfig_mapping(ENGINE if reduced else "onednn")
    for name in kept:
        mapping.set_module_name(name, None)
    # What is kept need not be traced; a decoder of boxes could not be.
    custom = PrepareCustomConfig().set_non_traceable_module_names(kept)
    with quiet():
        prepared: Any = prepare_fx(model, mapping, example, prepare_custom_config=custom)
    for inputs in calls:
        tensors = [torch.from_numpy(np.ascontiguousarray(array)) for array in inputs]
        with quiet():
            prepared(*tensors)
    with quiet(), quantized_engine():
        converted: nn.Module = convert_fx(prepared)
    return converted


def dynamic(model: Network) -> nn.Module:
    """``model``, fused and on the CPU, whose dense layers have int8 weights, one scale a layer, and
    take the range of their inputs from each call, with 7 bits.
    """
    from torch.ao import quantization

    ao: Any = quantization  # partly untyped
    kept = model.kept_names(decoded=False)
    dense = {
        name: ao.default_dynamic_qconfig
        for name, module in model.named_modules()
        if type(module) is nn.Linear and not is_kept(name, kept)
    }
    with quiet(), quantized_engine():
        lowered: nn.Module = ao.quantize_dynamic(model, dense)
    return lowered


@contextmanager
def quantized_engine() -> Iterator[None]:
    """Weights that are packed in the block, or read from a file, are so for ``ENGINE``."""
    backend: Any = torch.backends.quantized  # partly untyped
    before = backend.engine
    backend.engine = ENGINE
    try:
        yield
    finally:
        backend.engine = before
