"""Claims about the error of commands: an engine's as a share of another's, on the same frames."""

from sdvbench.claims.accuracy import MORE
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Part, about, best, every, gone, reaches
from sdvbench.claims.recovery import unrecovered
from sdvbench.metrics import named

DIGITS, MOST_DIGITS = 3, 17  # of ratios: shown where they are enough, and those that a float has


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """Each pair's ratio must be on the claim's side of its number; of an "up to" claim, one. Frames
    are drawn in stretches, the same ones of both engines.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    parts = [_part(evidence, build, other, claim) for build, other in claim.pairs]
    frames = f"{len(evidence.run.dataset)} images of {evidence.run.data}"
    return about((best if claim.up_to else every)(parts), f"{evidence.told(claim)}, {frames}")


def ratio_part(
    claim: Claim, build: Build, found: tuple[float, float, float], told: str, enable: str
) -> Part:
    """What a ratio with its interval at 95 % says of ``claim``. told: what it is a ratio of."""
    value, low, high = found
    if claim.relation == "at least":
        limit, holds, better = claim.limit, reaches(low, high, claim.limit), value
    else:
        limit = claim.number * (1 + claim.within)
        holds, better = reaches(-high, -low, -limit), -value
    digits = DIGITS if holds is None else _separating(low, high, limit)
    told = (
        f"{build} has {value:.{digits}f} times {told} (95 % interval {low:.{digits}f} to "
        f"{high:.{digits}f}), where {claim.relation} {limit:.{digits}f} would hold"
    )
    told += ": too near to tell" if holds is None else ""
    return Part(holds, told, str(build), f"{value:.{digits}f}x", better, enable=enable)


def _separating(low: float, high: float, limit: float) -> int:
    """How many decimals tell the ends of an interval from a limit outside of it."""

    def apart(digits: int) -> bool:
        return all(f"{end:.{digits}f}" != f"{limit:.{digits}f}" for end in (low, high))

    return next((digits for digits in range(DIGITS, MOST_DIGITS) if apart(digits)), DIGITS)


def _part(evidence: Evidence, build: Build, other: Build, claim: Claim) -> Part:
    if gap := evidence.score_gap(claim.metric):
        return gone(build, gap)
    for one in (build, other):
        if gap := evidence.gap(one) or unrecovered(evidence, one):
            return gone(one, gap)
    grown = evidence.growth(build, other, claim.metric)
    value, low, high = (1 + share for share in grown)
    told = f"the {named(claim.metric).title} of {other}"
    return ratio_part(claim, build, (value, low, high), told, MORE)
