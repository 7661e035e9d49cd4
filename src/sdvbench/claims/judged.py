"""The finding on any claim, by its kind."""

from collections.abc import Callable

from sdvbench.claims import accuracy, balance, cost, driven, error, lost, memory, size, speed
from sdvbench.claims.claim import Claim
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Status


def _without_figures(claim: Claim, evidence: Evidence) -> Finding:
    way = f"instead: {claim.instead}" if claim.instead else f"to enable: {claim.enable}"
    return Finding(Status.NOT_TESTABLE, f"{claim.missing}; {way}")


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
