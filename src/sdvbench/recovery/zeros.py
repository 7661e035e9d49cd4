"""Channels that soft pruning has zeroed stay so while a model is trained."""

import torch
from torch import Tensor, nn


class Zeros:
    """The silent channels of a model: filters that are 0 throughout, bias and all, and BatchNorm
    channels whose scale and shift are both 0.

    The gradient of a silent channel need not be 0, and an optimizer with momentum would wake it.
    """

    def __init__(self, model: nn.Module) -> None:
        self._kept: list[tuple[Tensor, Tensor]] = []  # parameter, mask
        for module in model.modules():
            silent = _silent(module)
            if silent is None or not silent.any():
                continue
            for parameter in module.parameters(recurse=False):
                shape = (-1,) + (1,) * (parameter.dim() - 1)
                self._kept.append((parameter, (~silent).to(parameter).view(shape)))

    @torch.no_grad()
    def restore(self) -> None:
        for parameter, mask in self._kept:
            parameter.mul_(mask)


def _silent(module: nn.Module) -> Tensor | None:
    """(channels,) bool; None for a module without channels that could be silent."""
    if isinstance(module, nn.Conv2d):
        silent = (module.weight == 0).flatten(1).all(1)
        return silent if module.bias is None else silent & (module.bias == 0)
    if isinstance(module, nn.BatchNorm2d):
        return (module.weight == 0) & (module.bias == 0)
    return None
