"""What treatments of weights share: they set weights, and no layer changes its shape."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils.prune import L1Unstructured

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.kept import Kept


class Treatment:
    """Weights of convolutions and dense layers are set; ``unprunable`` ones stay.

    before_training: the parameters with which a training begins, where its end has others.
    """

    before_training: ClassVar[Mapping[str, float]] = {}

    def __call__(self, model: Network, example: Tensor) -> None:
        raise NotImplementedError

    def kept(self, model: Network) -> Kept:
        """What must hold while ``model``, which was treated, is trained.

        Raises PruningError where it was not treated.
        """
        raise NotImplementedError


def layers(model: Network) -> dict[str, nn.Conv2d | nn.Linear]:
    """The layers that may be treated, by name; PruningError where there is none.

    Of layers that share a weight, the first.
    """
    kept = {id(m) for layer in model.unprunable() for m in layer.modules()}
    found: dict[int, tuple[str, nn.Conv2d | nn.Linear]] = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear) and id(module) not in kept:
            found.setdefault(id(module.weight), (name, module))
    if not found:
        raise PruningError(
            f"model {model.name}",
            "has no convolution or dense layer that may be pruned",
            "Check its unprunable() list, or use pruning 'orig'",
        )
    return dict(found.values())


def check_some(model: Network, zeroed: int) -> None:
    """Raise PruningError where no weight was zeroed."""
    if not zeroed:
        problem = f"is less than one weight of {model.name}"
        raise PruningError("the pruning ratio", problem, "Pass a larger ratio")


@torch.no_grad()
def zero_smallest(weights: list[Tensor], ratio: float) -> int:
    """Zero ``ratio`` of the weights, all of them ranked together: those of least magnitude.

    Gives how many these are.
    """
    flat = torch.cat([weight.detach().flatten() for weight in weights])
    pruner: Any = L1Unstructured(ratio)
    mask: Tensor = pruner.compute_mask(flat, torch.ones_like(flat))
    for weight, kept in zip(weights, _split(mask, weights), strict=True):
        weight.masked_fill_(kept == 0, 0.0)
    return round(ratio * len(flat))


def _split(flat: Tensor, like: list[Tensor]) -> Iterator[Tensor]:
    parts = torch.split(flat, [weight.numel() for weight in like])
    return (part.view_as(weight) for part, weight in zip(parts, like, strict=True))
