"""`PS`: soft pruning, the weakest channels are zeroed and stay in place."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.pruning.magnitude import magnitude_pruner
from sdvbench.pruning.ratio import check_prunable, check_ratio


@dataclass(frozen=True)
class SoftPruning:
    """Zero ``ratio`` of each layer's channels, chosen as PL chooses those that it removes.

    Shapes, MACs and parameters stay; a zeroed channel puts out exactly 0, and fine-tuning may be
    let to revive it.
    """

    ratio: float = 0.2

    def __post_init__(self) -> None:
        check_ratio(self.ratio)

    def __call__(self, model: Network, example: Tensor) -> None:
        check_prunable(model)
        pruner = magnitude_pruner(model, example, self.ratio)
        with torch.no_grad():
            for group in pruner.step(interactive=True):
                for dependency, channels in group:
                    if pruner.DG.is_out_channel_pruning_fn(dependency.handler):
                        _silence(dependency.target.module, channels)


def _silence(module: nn.Module, channels: list[int]) -> None:
    """Zero what ``module`` puts out in ``channels``: filters, and BatchNorm's scale and shift."""
    if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
        module.weight[channels] = 0
        if module.bias is not None:
            module.bias[channels] = 0
