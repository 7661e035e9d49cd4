"""Layers with weights in a module that PyTorch runs as it is: what each holds its weights in."""

from collections import Counter
from collections.abc import Collection
from typing import Any

import torch
from torch import nn

from sdvbench.errors import BuildError
from sdvbench.quantization.names import is_kept, shown
from sdvbench.quantization.program import REMEDY

NAMES = {torch.float32: "FLOAT", torch.float16: "FLOAT16"}


def check_half(module: nn.Module, kept: Collection[str]) -> dict[str, Any]:
    """What the layers hold their weights in, as ``quantization.layers.check_layers`` gives it:
    "layers" counts them by type, "float_layers" names those of the modules in ``kept``.

    Layers are the modules that hold a tensor of two axes or more, but for tables that are looked
    up. What PyTorch multiplies is of one type, so that is what they compute in. Raises BuildError
    unless all others hold halves.
    """
    held: dict[str, set[str]] = {}
    for name, part in module.named_modules():
        for tensor in part.parameters(recurse=False):
            looked_up = isinstance(part, nn.Embedding | nn.EmbeddingBag)
            if tensor.dim() > 1 and tensor.is_floating_point() and not looked_up:
                held.setdefault(name, set()).add(NAMES.get(tensor.dtype, str(tensor.dtype)))
    types = {name: " and ".join(sorted(kinds)) for name, kinds in held.items()}
    stay = [name for name in types if is_kept(name, kept)]
    counts = Counter(types.values())
    wrong = [
        f"{name or type(module).__name__} ({kind})"
        for name, kind in types.items()
        if kind != ("FLOAT" if name in stay else "FLOAT16")
    ]
    if wrong or not types:
        told = f"of {len(types)} layers with weights {counts['FLOAT16']} are half"
        named = f"; these are not as they should be: {shown(wrong)}" if wrong else ""
        raise BuildError("half body", f"is no fp16: {told}{named}", REMEDY)
    return {"layers": dict(counts), "float_layers": stay}
