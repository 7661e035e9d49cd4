"""What a pruning has made and training must keep."""

from collections.abc import Callable
from typing import Any, Protocol

from torch import nn

from sdvbench.pruning import PRUNINGS
from sdvbench.pruning.silent import SilentChannels


class Kept(Protocol):
    """Of one model, from the weights that it had when this was made: also those of a training that
    goes on. Layers are known by name, since averaged weights are another module.
    """

    def after_step(self, model: nn.Module, step: int, steps: int) -> None:
        """Restore it in ``model``, of which ``step`` of ``steps`` steps are made."""

    def in_average(self, averaged: nn.Module) -> None:
        """Restore it, as it is since the last step, in weights that are averages over steps."""


def kept_by(pruning: str) -> Callable[[Any], Kept]:
    """What models of ``pruning`` must keep, given such a model: what its ``kept`` says; where it
    has none, or is not registered, silent channels stay silent.
    """
    if pruning in PRUNINGS and hasattr(PRUNINGS[pruning], "kept"):
        found: Callable[[Any], Kept] = PRUNINGS[pruning]().kept  # with its defaults, as files are
        return found
    return SilentChannels
