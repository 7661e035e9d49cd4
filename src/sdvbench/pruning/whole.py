"""`MG`: of all layers together, the weights of least magnitude are set to zero."""

from dataclasses import dataclass

from torch import Tensor

from sdvbench.models.base import Network
from sdvbench.pruning.masks import Zeros
from sdvbench.pruning.ratio import check_ratio
from sdvbench.pruning.treatment import Treatment, check_some, layers, zero_smallest


@dataclass(frozen=True)
class GlobalPruning(Treatment):
    """Global pruning of JdeRobot's study in PyTorch: unstructured, by L1.

    ratio: share of the weights of all convolutions and dense layers, ranked together.
    """

    ratio: float = 0.3

    def __post_init__(self) -> None:
        check_ratio(self.ratio)

    def __call__(self, model: Network, example: Tensor) -> None:
        weights = [layer.weight for layer in layers(model).values()]
        check_some(model, zero_smallest(weights, self.ratio))

    def kept(self, model: Network) -> Zeros:
        return Zeros(model)
