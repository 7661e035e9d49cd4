"""`MP` and `MP50`: magnitude pruning whose sparsity rises in training, and one that is constant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.masks import RisingZeros, Zeros
from sdvbench.pruning.ratio import check_ratio
from sdvbench.pruning.treatment import Treatment, check_some, layers, zero_smallest


@dataclass(frozen=True)
class MagnitudePruning(Treatment):
    """In each layer by itself, ``ratio`` of the weights are set to zero, the smallest ones. The
    study's PQAT and PCQAT start from half.
    """

    ratio: float = 0.5

    def __post_init__(self) -> None:
        check_ratio(self.ratio)

    def __call__(self, model: Network, example: Tensor) -> None:
        chosen = layers(model).values()
        check_some(model, sum(zero_smallest([layer.weight], self.ratio) for layer in chosen))

    def kept(self, model: Network) -> Zeros:
        return Zeros(model)


@dataclass(frozen=True)
class RisingPruning(MagnitudePruning):
    """Magnitude pruning of JdeRobot's study in TensorFlow, whose sparsity rises in training.

    ratio: share of the weights that are zero when training has ended; without training, at once.
    initial: share of them when it begins; it rises by the cubic of tfmot's PolynomialDecay.
    """

    ratio: float = 0.8
    initial: float = 0.5
    before_training: ClassVar[Mapping[str, float]] = {"ratio": 0.5}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ratio(self.initial)
        if self.initial > self.ratio:
            raise PruningError(
                f"initial={self.initial}, ratio={self.ratio}",
                "would let the sparsity fall, and pruned weights stay zero",
                "Choose initial <= ratio",
            )

    def kept(self, model: Network) -> Zeros:
        return RisingZeros(model, self.initial, self.ratio)
