"""The checks that every pruning method makes of what it is given."""

from torch import nn

from sdvbench.errors import PruningError
from sdvbench.models.base import Network


def check_ratio(ratio: float) -> None:
    """Raise PruningError unless 0 < ratio < 1 (NaN included)."""
    if not 0 < ratio < 1:
        raise PruningError(
            f"pruning ratio {ratio!r}",
            "is not between 0 and 1 (both excluded)",
            "Pass the share to remove, for example 0.2",
        )


def check_prunable(model: Network) -> None:
    """Raise PruningError where no convolution may be pruned."""
    kept = {id(m) for layer in model.unprunable() for m in layer.modules()}
    if not any(isinstance(m, nn.Conv2d) and id(m) not in kept for m in model.modules()):
        raise PruningError(
            f"model {model.name}",
            "has no convolution that may be pruned",
            "Check its unprunable() list, or use pruning 'orig'",
        )
