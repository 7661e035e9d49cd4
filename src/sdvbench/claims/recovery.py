"""What was pruned must have been trained since, where a claim is about how well it does."""

from sdvbench.cells import UNPRUNED, Gap
from sdvbench.claims.claim import Build
from sdvbench.claims.evidence import Evidence
from sdvbench.pruning import split

UNRECOVERED = Gap(
    "pruned models that were not trained since have lost what they knew",
    "train them (sdvbench recover), and give the folder of all with --sdv-weights FOLDER",
)


def unrecovered(evidence: Evidence, build: Build) -> Gap | None:
    """A single file holds the unpruned weights: what is pruned from them was not trained since."""
    weights = evidence.run.settings.weights
    one_file = weights is not None and not weights.is_dir()
    return UNRECOVERED if one_file and split(build.pruning)[0] != UNPRUNED else None
