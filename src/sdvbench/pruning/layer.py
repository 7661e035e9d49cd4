"""`PL`: layer pruning, the weakest channels of each layer are removed.

A channel's rank is the L2 norm of all weights that make or use it, not of its own filter alone.
"""

from dataclasses import dataclass

from torch import Tensor

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.magnitude import magnitude_pruner
from sdvbench.pruning.ratio import check_prunable, check_ratio


@dataclass(frozen=True)
class LayerPruning:
    """Torch-Pruning's magnitude pruner with local ranking.

    ratio: share of channels that would be gone after ``planned_steps``.
    planned_steps: the length of the pruner's schedule.
    steps: how many of them are taken. The paper's Table V is one step of six: 3.3 % of the
        channels, 7.600735 G MACs and 6.717632 M parameters for YOLOv5s.
    """

    ratio: float = 0.2
    planned_steps: int = 6
    steps: int = 1

    def __post_init__(self) -> None:
        check_ratio(self.ratio)
        whole = isinstance(self.steps, int) and isinstance(self.planned_steps, int)
        if not whole or not 1 <= self.steps <= self.planned_steps:
            raise PruningError(
                f"PL with steps={self.steps}, planned_steps={self.planned_steps}",
                "takes no step, part of a step, or more steps than are planned",
                "Choose whole numbers, 1 <= steps <= planned_steps",
            )

    def __call__(self, model: Network, example: Tensor) -> None:
        check_prunable(model)
        pruner = magnitude_pruner(model, example, self.ratio, self.planned_steps)
        for _ in range(self.steps):
            pruner.step()
