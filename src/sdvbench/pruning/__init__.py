"""Pruning methods by name; each file holds one. What needs torch is imported when it is used."""

from typing import TYPE_CHECKING, Any

from sdvbench.lazy import lazily
from sdvbench.registry import Registry

if TYPE_CHECKING:
    from sdvbench.pruning.pruned_copy import prune

__all__ = ["PRUNINGS", "by_default", "prune", "split"]

QAT = ".QAT"  # after a name: trained with int8's rounding in the loop
# Of the second study: they change weights and no shape, and are measured where they are asked for.
TREATMENTS = {
    "ML": "sdvbench.pruning.local:LocalPruning",
    "MG": "sdvbench.pruning.whole:GlobalPruning",
    "MP": "sdvbench.pruning.rising:RisingPruning",
    "MP50": "sdvbench.pruning.rising:MagnitudePruning",
    "CL": "sdvbench.pruning.clusters:Clustering",
    "MP50CL": "sdvbench.pruning.clusters:PrunedClustering",
}


def split(name: str) -> tuple[str, bool]:
    """The pruning that ``name`` says, and whether it is trained with int8's rounding in the loop.

    >>> split("ML.QAT")
    ('ML', True)
    """
    return name.removesuffix(QAT), name.endswith(QAT)


class Prunings(Registry):
    """A name with the suffix is known wherever the pruning is, and is a training of that."""

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(split(name)[0])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(split(name)[0])


PRUNINGS = Prunings(
    "pruning",
    "sdvbench.prunings",
    {
        "orig": "sdvbench.pruning.none:Unpruned",
        "PL": "sdvbench.pruning.layer:LayerPruning",
        "PS": "sdvbench.pruning.soft:SoftPruning",
        "PG": "sdvbench.pruning.group:GroupPruning",
        **TREATMENTS,
    },
)


def by_default() -> list[str]:
    """Those that a run measures where none is named, with what other packages register."""
    return [name for name in PRUNINGS if name not in TREATMENTS]


__getattr__ = lazily(__name__, {"prune": "sdvbench.pruning.pruned_copy"})
