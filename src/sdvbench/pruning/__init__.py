"""Pruning methods by name; each file holds one. What needs torch is imported when it is used."""

from typing import TYPE_CHECKING

from sdvbench.lazy import lazily
from sdvbench.registry import Registry

if TYPE_CHECKING:
    from sdvbench.pruning.pruned_copy import prune

__all__ = ["PRUNINGS", "prune"]

PRUNINGS = Registry(
    "pruning",
    "sdvbench.prunings",
    {
        "orig": "sdvbench.pruning.none:Unpruned",
        "PL": "sdvbench.pruning.layer:LayerPruning",
        "PS": "sdvbench.pruning.soft:SoftPruning",
        "PG": "sdvbench.pruning.group:GroupPruning",
    },
)
__getattr__ = lazily(__name__, {"prune": "sdvbench.pruning.pruned_copy"})
