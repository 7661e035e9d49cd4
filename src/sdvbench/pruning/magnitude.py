"""The ranking that layer and soft pruning share: channels by magnitude, within each layer."""

from typing import Any

import torch_pruning as tp
from torch import Tensor

from sdvbench.models.base import Network


def magnitude_pruner(model: Network, example: Tensor, ratio: float, steps: int = 1) -> Any:
    """Torch-Pruning's magnitude pruner with local ranking and p = 2; ``ratio`` after ``steps``."""
    return tp.pruner.MagnitudePruner(
        model,
        example,
        importance=tp.importance.MagnitudeImportance(p=2),
        pruning_ratio=ratio,
        iterative_steps=steps,
        ignored_layers=model.unprunable(),
    )
