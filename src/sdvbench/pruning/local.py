"""`ML`: in each layer, the weights of least magnitude are set to zero."""

from dataclasses import dataclass

from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.pruning.masks import Zeros
from sdvbench.pruning.ratio import check_ratio
from sdvbench.pruning.treatment import Treatment, check_some, layers, zero_smallest


@dataclass(frozen=True)
class LocalPruning(Treatment):
    """Local pruning of JdeRobot's study in PyTorch: unstructured, by L1.

    ratio: share of each convolution's weights; dense: of each dense layer's.
    """

    ratio: float = 0.3
    dense: float = 0.5

    def __post_init__(self) -> None:
        check_ratio(self.ratio)
        check_ratio(self.dense)

    def __call__(self, model: Network, example: Tensor) -> None:
        zeroed = 0
        for layer in layers(model).values():
            ratio = self.dense if isinstance(layer, nn.Linear) else self.ratio
            zeroed += zero_smallest([layer.weight], ratio)
        check_some(model, zeroed)

    def kept(self, model: Network) -> Zeros:
        return Zeros(model)
