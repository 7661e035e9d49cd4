"""Claims about one model, or one data set: the options that a run needs to check them."""

from sdvbench.cells import Gap
from sdvbench.claims.claim import Claim
from sdvbench.claims.evidence import Evidence

SUITES = dict.fromkeys(("speed", "order", "memory", "saved", "size"), "perf")


def elsewhere(claim: Claim, evidence: Evidence) -> Gap | None:
    """Why this run says nothing about ``claim``: another model, other data, or, where the claim
    names some, seeded weights. None where this run has what the claim names.

    What this machine lacks as well is said first, so that nobody fetches a data set in vain.
    """
    settings = evidence.run.settings
    model, kind = evidence.model, settings.data.partition(":")[0].partition("?")[0]
    right_model = not claim.model or model == claim.model
    suite = SUITES.get(claim.kind, "accuracy")
    if not (claim.data or right_model):
        return Gap(
            f"the claim is about {claim.model}, and this run has {', '.join(settings.model)}",
            f"pytest {suite} -m claim --sdv-model {claim.model} --sdv-weights FOLDER",
        )
    if not claim.data or (right_model and kind in claim.data and settings.weights is not None):
        return None
    named = " or ".join(claim.data)
    about = f"{claim.model} on {named}" if claim.model else f"a model trained on {named}"
    untrained = " with seeded weights" if settings.weights is None else ""
    missing = f"the claim is about {about}, and this run has {model}{untrained} on {settings.data}"
    wanted = f"--sdv-model {claim.model} " if claim.model else ""
    enable = (
        f"pytest {suite} -m claim {wanted}--sdv-weights FOLDER "
        f"--sdv-data {claim.data[0]}:FOLDER, with {claim.model or model} trained on it, unpruned "
        "and pruned"
    )
    builds = (build for pair in claim.pairs for build in pair)
    machine = next((gap for build in builds if (gap := evidence.gap(build))), None)
    if machine is None:
        return Gap(missing, enable)
    return Gap(f"{machine.missing}; and {missing}", f"{machine.enable}; and {enable}")
