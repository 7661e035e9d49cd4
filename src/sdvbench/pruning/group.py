"""`PG`: group pruning along the dependency graph, convolution by convolution."""

from dataclasses import dataclass

import torch_pruning as tp
from torch import Tensor

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.ratio import check_prunable, check_ratio


@dataclass(frozen=True)
class GroupPruning:
    """Remove ``ratio`` of the filters of each convolution that the model names, weakest first.

    Every layer coupled with a filter (by concatenation, residual sum or BatchNorm) loses the same
    channels; a coupled layer that is visited itself loses again, as in the paper. Ranking is by
    the L2 norm of the visited convolution's own filters at the time of the visit.
    """

    ratio: float = 0.2

    def __post_init__(self) -> None:
        check_ratio(self.ratio)

    def __call__(self, model: Network, example: Tensor) -> None:
        check_prunable(model)
        graph = tp.DependencyGraph().build_dependency(model, example)
        pruned = False
        for conv in model.pruning_order():
            norms = conv.weight.detach().flatten(1).norm(p=2, dim=1)
            weakest = norms.argsort()[: int(len(norms) * self.ratio)].tolist()
            if not weakest:
                continue
            group = graph.get_pruning_group(conv, tp.prune_conv_out_channels, weakest)
            if graph.check_pruning_group(group):  # false where a layer would lose every channel
                group.prune()
                pruned = True
        if not pruned:
            raise PruningError(
                f"PG with ratio={self.ratio}",
                f"is less than one channel of every convolution of {model.name}",
                "Pass a larger ratio",
            )
