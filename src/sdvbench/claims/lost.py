"""Claims that an engine loses at most the share of its mAP50 that a table of the paper says."""

from sdvbench.cells import UNPRUNED
from sdvbench.claims.accuracy import accuracy_gap, loss, measured, no_signal, scored
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Part, about, every, gone
from sdvbench.claims.recovery import unrecovered

SCORE = "map50"  # of the paper's tables
TO_SEE = 0.02  # points; a reference that has not several times as much shows no loss


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """Each pair may lose its share of what the reference scores, so that the claim says something
    about a model and data set of one's own; the whole interval must stay within it.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    for worse, reference in claim.pairs:
        if reference.pruning == UNPRUNED and (gap := unrecovered(evidence, worse)):
            return every([gone(worse, gap)])
    both = zip(claim.pairs, claim.shares, strict=True)
    parts = [_part(evidence, worse, reference, share) for (worse, reference), share in both]
    return about(every(parts), measured(claim, evidence))


def _part(evidence: Evidence, worse: Build, reference: Build, share: float) -> Part:
    if gap := accuracy_gap(evidence, worse, reference):
        return gone(worse, gap)
    found = loss(evidence, worse, reference, SCORE)
    if gap := no_signal(found, reference, TO_SEE):
        return gone(worse, gap)
    most = share * found.reference
    told = (
        f"{worse} {found} against {reference}, where a loss of {most:.4f} ({100 * share:.1f} %) "
        "is the limit"
    )
    return scored(found.within(most), told, worse, found)
