"""`orig`: the model as it is."""

from dataclasses import dataclass

from torch import Tensor

from sdvbench.models.base import Network


@dataclass(frozen=True)
class Unpruned:
    """No pruning, so that the unpruned model passes through the same code as the others."""

    def __call__(self, model: Network, example: Tensor) -> None:
        pass
