"""Claims about what a network costs on paper: multiply-accumulates and parameters."""

from functools import cache

from sdvbench.claims.claim import Claim
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Status
from sdvbench.models import load_model
from sdvbench.pruning import prune
from sdvbench.pruning.profile import Profile, profile

GIGA = 1e9
IMGSZ = 640  # of the paper


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """CONFIRMED where our count, rounded as the paper prints it, is the paper's figure, give or
    take ``within``; else REFUTED. Weights change nothing of it, so they are seeded.
    """
    counted = getattr(_profiled(claim.model, claim.pruning, IMGSZ), claim.figure)
    ours = round(counted / GIGA, claim.decimals)
    holds = abs(ours - claim.number) <= claim.within * claim.number
    shown = f"{ours:.{claim.decimals}f} G"
    reason = (
        f"{claim.figure} of {claim.model} ({claim.pruning}) at {IMGSZ} pixels, BatchNorm fused: "
        f"{counted:,}, which is {shown}, against {claim.number:.{claim.decimals}f} G"
    )
    return Finding(Status.CONFIRMED if holds else Status.REFUTED, reason, shown)


def judge_fewest(claim: Claim, evidence: Evidence) -> Finding:
    """CONFIRMED where ``pruning`` leaves fewer than each of ``prunings``; else REFUTED."""
    ours = getattr(_profiled(claim.model, claim.pruning, IMGSZ), claim.figure)
    others = {p: getattr(_profiled(claim.model, p, IMGSZ), claim.figure) for p in claim.prunings}
    told = ", ".join(f"{counted:,} of {pruning}" for pruning, counted in others.items())
    reason = (
        f"{claim.figure} of {claim.model} at {IMGSZ} pixels, BatchNorm fused: {ours:,} of "
        f"{claim.pruning}, against {told}"
    )
    holds = ours < min(others.values())
    shown = f"{claim.pruning} {ours / GIGA:.6f} G"
    return Finding(Status.CONFIRMED if holds else Status.REFUTED, reason, shown)


@cache
def _profiled(model: str, pruning: str, imgsz: int) -> Profile:
    return profile(prune(load_model(model), pruning, imgsz), imgsz)
