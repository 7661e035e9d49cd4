"""Weights that share values go on sharing them while a model is trained."""

import torch
from torch import Tensor, nn

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.masks import set_zero, zeros
from sdvbench.pruning.treatment import layers


class SharedValues:
    """Weights that are equal get the mean of what training would make of each; 0 stays 0.

    clusters: so many values a layer has at most. fewest: layers of fewer weights share none; of
        them the zeros stay.
    Raises PruningError where a layer has more values.
    """

    def __init__(self, model: Network, clusters: int, fewest: int) -> None:
        self._places: dict[str, tuple[Tensor, Tensor]] = {}  # which value; how many weights it has
        small = []
        for name, layer in layers(model).items():
            if layer.weight.numel() < fewest:
                small.append(f"{name}.weight")
                continue
            values, places = torch.unique(layer.weight.detach(), return_inverse=True)
            if len(values) > clusters:
                raise PruningError(
                    f"layer {name} of {model.name}",
                    f"has {len(values)} values, where training keeps {clusters} at most",
                    f"Cluster the model by sdvbench.prune, with {clusters} clusters or fewer",
                )
            counts = torch.bincount(places.flatten(), minlength=len(values)).double()
            counts[values == 0] = torch.inf  # a sum over this is 0
            self._places[f"{name}.weight"] = places.flatten().int(), counts
        self._zeros = zeros(model, small)

    @torch.no_grad()
    def after_step(self, model: nn.Module, step: int, steps: int) -> None:
        set_zero(model, self._zeros)
        for name, (places, counts) in self._places.items():
            weight = model.get_parameter(name)
            sums = torch.bincount(places, weight.flatten().double(), minlength=len(counts))
            means = (sums / counts).to(weight) + 0.0  # not -0
            weight.copy_(means.index_select(0, places).view_as(weight))

    def in_average(self, averaged: nn.Module) -> None:
        """Their values are averages of equal ones, but for the last bit."""
        self.after_step(averaged, 0, 0)
