"""Claims about size: how many times smaller an engine's file is than another's."""

from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import Finding, Part, about, best, every, gone

MIB = 2**20


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """Each pair must be smaller by the number, ``within`` taken off; of an "up to" claim, one.
    Bytes are counted and have no interval.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    parts = [_part(evidence, small, large, claim.limit) for small, large in claim.pairs]
    return about((best if claim.up_to else every)(parts), evidence.told(claim))


def _part(evidence: Evidence, small: Build, large: Build, limit: float) -> Part:
    for build in (small, large):
        if gap := evidence.gap(build):
            return gone(build, gap)
    ours, theirs = evidence.file_bytes(small), evidence.file_bytes(large)
    ratio = theirs / ours
    told = (
        f"{small} takes {ours / MIB:.3f} MiB on disk, and {large} {theirs / MIB:.3f} MiB, which is "
        f"{ratio:.2f} times as much, where {limit:.2f} would hold"
    )
    return Part(ratio >= limit, told, str(small), f"{ratio:.2f}x", ratio)
