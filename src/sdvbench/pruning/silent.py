"""Channels that soft pruning has zeroed stay so while a model is trained."""

import torch
from torch import Tensor, nn


class SilentChannels:
    """The silent channels of a model: filters that are 0 throughout, bias and all, and BatchNorm
    channels whose scale and shift are both 0.

    The gradient of a silent channel need not be 0, and an optimizer with momentum would wake it.
    """

    def __init__(self, model: nn.Module) -> None:
        self._masks: dict[str, Tensor] = {}  # of parameters
        for name, module in model.named_modules():
            silent = _silent(module)
            if silent is None or not silent.any():
                continue
            for own, parameter in module.named_parameters(name, recurse=False):
                shape = (-1,) + (1,) * (parameter.dim() - 1)
                self._masks[own] = (~silent).to(parameter).view(shape)

    @torch.no_grad()
    def after_step(self, model: nn.Module, step: int, steps: int) -> None:
        for name, mask in self._masks.items():
            model.get_parameter(name).mul_(mask)

    def in_average(self, averaged: nn.Module) -> None:
        """Averages of zeros are zero."""


def _silent(module: nn.Module) -> Tensor | None:
    """(channels,) bool; None for a module without channels that could be silent."""
    if isinstance(module, nn.Conv2d):
        silent = (module.weight == 0).flatten(1).all(1)
        return silent if module.bias is None else silent & (module.bias == 0)
    if isinstance(module, nn.BatchNorm2d):
        return (module.weight == 0) & (module.bias == 0)
    return None
