"""The finding on any claim, by its kind."""

from collections.abc import Callable

from sdvbench.claims import accuracy, balance, cost, driven, error, lost, memory, size, speed
from sdvbench.claims.claim import Claim
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Status
from sdvbench.claims.paper import STUDIES


def _without_figures(claim: Claim, evidence: Evidence) -> Finding:
    missing, enable = claim.missing, claim.enable
    if not enable:
        missing = f"not at hand: {missing}"
        enable = f"write them into {STUDIES[0]}, each as a claim"
    return Finding(Status.NOT_TESTABLE, f"{missing}; to enable: {enable}")


JUDGES: dict[str, Callable[[Claim, Evidence], Finding]] = {
    "cost": cost.judge,
    "fewest": cost.judge_fewest,
    "speed": speed.judge,
    "order": speed.judge_order,
    "memory": memory.judge,
    "saved": memory.judge,
    "accuracy": accuracy.judge,
    "loss": accuracy.judge_loss,
    "lost": lost.judge,
    "balance": balance.judge,
    "size": size.judge,
    "error": error.judge,
    "driven": driven.judge,
    "figures": _without_figures,
}


def judged(claim: Claim, evidence: Evidence) -> Finding:
    """What becomes of ``claim`` on what runs here."""
    return JUDGES[claim.kind](claim, evidence)
