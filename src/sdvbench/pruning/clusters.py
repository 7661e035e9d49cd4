"""`CL` and `MP50CL`: the weights of a layer share few values; in the latter, half of them are 0."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from torch import Tensor

from sdvbench.errors import PruningError
from sdvbench.models.base import Network
from sdvbench.pruning.ratio import check_ratio
from sdvbench.pruning.shared_values import SharedValues
from sdvbench.pruning.treatment import Treatment, check_some, layers, zero_smallest

SAMPLE = 65_536  # weights: on all 14.7 million of a layer k-means would take a minute
ITERATIONS = 50
FEWEST = 16  # weights a cluster, on average: smaller layers are left as they are


@dataclass(frozen=True)
class Clustering(Treatment):
    """The weights of each layer are replaced by the means of ``clusters`` clusters.

    Found by k-means from k-means++ on a sample of the layer's weights; then each weight joins the
    nearest one, and each cluster has the mean of all its weights.
    """

    clusters: int = 8

    def __post_init__(self) -> None:
        if not isinstance(self.clusters, int) or not 2 <= self.clusters <= 256:
            raise PruningError(
                f"clusters={self.clusters}", "is not a whole number of 2 to 256", "Try 8"
            )

    def __call__(self, model: Network, example: Tensor) -> None:
        found = [self._share(layer.weight) for layer in layers(model).values()]
        if not any(found):
            problem = f"has no layer of {FEWEST * self.clusters} weights or more"
            raise PruningError(f"model {model.name}", problem, "Choose fewer clusters")

    def kept(self, model: Network) -> SharedValues:
        return SharedValues(model, self.clusters, FEWEST * self.clusters)

    @torch.no_grad()
    def _share(self, weight: Tensor) -> bool:
        """Whether the weights share values now. Those that are 0 stay so, and 0 is one value."""
        if weight.numel() < FEWEST * self.clusters:
            return False
        flat = weight.detach().float().cpu().numpy().ravel()
        rest = flat != 0
        flat[rest] = _shared(flat[rest], self.clusters - (not rest.all()))
        weight.copy_(torch.from_numpy(flat).view_as(weight))
        return True


@dataclass(frozen=True)
class PrunedClustering(Clustering):
    """First ``ratio`` of each layer's weights are set to zero; the study's PCQAT starts from it."""

    ratio: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ratio(self.ratio)

    def __call__(self, model: Network, example: Tensor) -> None:
        chosen = layers(model).values()
        check_some(model, sum(zero_smallest([layer.weight], self.ratio) for layer in chosen))
        super().__call__(model, example)


def _shared(values: NDArray[np.float32], clusters: int) -> NDArray[np.float32]:
    """``values``, each replaced by the mean of its cluster."""
    rng = np.random.default_rng(0)
    drawn = values if len(values) <= SAMPLE else values[rng.integers(len(values), size=SAMPLE)]
    if len(np.unique(drawn)) <= clusters:
        centres = np.unique(drawn)
    else:
        centres, _ = kmeans2(drawn.astype(float), clusters, ITERATIONS, minit="++", rng=rng)
        centres = np.sort(centres)
    # On a line, the nearest centre changes half way between two.
    places = np.searchsorted((centres[1:] + centres[:-1]) / 2, values)
    sums = np.bincount(places, weights=values, minlength=len(centres))
    counts = np.bincount(places, minlength=len(centres))
    means = (sums / np.maximum(counts, 1)).astype(np.float32)
    return means[places]
