"""Claims that one build is the best balance of speed and accuracy."""

from sdvbench.cells import UNPRUNED
from sdvbench.claims.accuracy import MORE, accuracy_gap, limit, loss, no_signal, scored
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import AGAIN, Finding, Part, about, every, gone
from sdvbench.claims.recovery import unrecovered
from sdvbench.claims.speed import speed

REFERENCE = Build(UNPRUNED, "Wd", "fp32")


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """The rule: the build loses at most ``points`` of mAP50-95 against PyTorch fp32 of the unpruned
    model, and no other that the claim names is both faster, by ``margin``, and more accurate.

    Another stands in its way where it is clearly both, and does not where it is clearly not one.
    """
    build = claim.pairs[0][0]
    for one in (build, *(other for _, other in claim.pairs)):
        if gap := unrecovered(evidence, one):
            return every([gone(one, gap)])
    parts = [_kept(evidence, build, claim.points)]
    parts += [_unbeaten(evidence, build, other, claim.margin) for _, other in claim.pairs]
    return about(every(parts), evidence.told(claim))


def _kept(evidence: Evidence, build: Build, points: float) -> Part:
    if gap := accuracy_gap(evidence, build, REFERENCE):
        return gone(build, gap)
    found = loss(evidence, build, REFERENCE)
    if gap := no_signal(found, REFERENCE, points):
        return gone(build, gap)
    holds = found.within(points)
    told = f"{build} {found} against {REFERENCE}, where {limit(points)}"
    return scored(holds, told, build, found)


def _unbeaten(evidence: Evidence, build: Build, other: Build, margin: float) -> Part:
    """Holds where ``other`` is not both faster and more accurate than ``build``."""
    if gap := accuracy_gap(evidence, build, other):
        return gone(other, gap)
    found = loss(evidence, build, other)
    better = True if found.low > 0 else False if found.high <= 0 else None
    if better is False:  # whatever its speed
        told = f"{other} is not more accurate ({build} {found})"
        return Part(True, told, str(other), "less accurate")
    faster = speed(evidence, other, build, "latency", 1 + margin)
    if faster.holds is None and not faster.figure:
        return faster
    both = {better, faster.holds}
    holds = True if False in both else False if both == {True} else None
    told = f"{faster.told}, and {build} {found} against it"
    return Part(holds, told, str(other), faster.figure, enable=f"{AGAIN}, or {MORE}")
