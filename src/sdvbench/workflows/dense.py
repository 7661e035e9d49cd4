"""Dense layers, without which dynamic quantization has nothing to lower."""

from typing import TYPE_CHECKING

from sdvbench.cells import Gap
from sdvbench.quantization.names import is_kept

if TYPE_CHECKING:  # torch is imported once a network is there
    from sdvbench.models.base import Network


def dense_gap(network: "Network", precision: str, title: str, *, decoded: bool) -> Gap | None:
    """Why a workflow called ``title`` makes no dyn8 engine of ``network``: it has no dense layer
    that may be lowered. None where it has one.

    decoded: whether layers whose outputs are decoded stay float32.
    """
    from torch import nn

    if precision != "dyn8":
        return None
    kept = network.kept_names(decoded=decoded)
    if any(isinstance(m, nn.Linear) and not is_kept(n, kept) for n, m in network.named_modules()):
        return None
    missing = f"{title}'s dyn8 lowers dense layers, of which {network.name} has none to lower"
    return Gap(missing, "use int8")
