"""Weights that are zero, and stay so while a model is trained."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.treatment import layers, zero_smallest

UPDATES = 100  # of masks that grow, over a training: choosing weights takes longer than a mask


class Zeros:
    """The weights of a model that are 0, in the layers that may be treated."""

    def __init__(self, model: Network) -> None:
        self._names = [f"{name}.weight" for name in layers(model)]
        self._masks = zeros(model, self._names)
        if not any(mask.any() for mask in self._masks.values()):
            raise PruningError(
                f"model {model.name}",
                "has no weight that is 0, so that it is not pruned",
                "Prune it first, by sdvbench.prune",
            )

    def after_step(self, model: nn.Module, step: int, steps: int) -> None:
        set_zero(model, self._masks)

    def in_average(self, averaged: nn.Module) -> None:
        set_zero(averaged, self._masks)


class RisingZeros(Zeros):
    """As ``Zeros``, and the weights of least magnitude join them, layer by layer: their share rises
    from ``initial`` to ``final`` along the cubic of Zhu and Gupta, "To prune, or not to prune",
    2017. A weight that is 0 stays so.
    """

    def __init__(self, model: Network, initial: float, final: float) -> None:
        super().__init__(model)
        self._initial, self._final = initial, final

    def sparsity(self, done: float) -> float:
        """done: the share of the training, 0 to 1."""
        return self._final + (self._initial - self._final) * (1 - done) ** 3

    def after_step(self, model: nn.Module, step: int, steps: int) -> None:
        super().after_step(model, step, steps)
        # By the step's number alone, so that a training that goes on does the same.
        if step % max(steps // UPDATES, 1) == 0 or step == steps:
            for name in self._names:
                zero_smallest([model.get_parameter(name)], self.sparsity(step / steps))
            self._masks = zeros(model, self._names)


def zeros(model: nn.Module, names: Iterable[str]) -> dict[str, Tensor]:
    """Where the parameters ``names`` are 0."""
    return {name: model.get_parameter(name).detach() == 0 for name in names}


@torch.no_grad()
def set_zero(model: nn.Module, masks: dict[str, Tensor]) -> None:
    for name, mask in masks.items():
        model.get_parameter(name).masked_fill_(mask, 0.0)
