"""Claims about speed: by how much one engine is faster than another, or that it is at all."""

from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import AGAIN, Finding, Part, about, best, every, gone, reaches
from sdvbench.metrics import named


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """A pair holds where the interval of its speed-up is at or above the number, ``within`` taken
    off, and fails where it is below. Each pair must hold; of an "up to" claim, one.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    parts = []
    for fast, slow in claim.pairs:
        parts.append(speed(evidence, fast, slow, claim.metric, claim.limit))
        if claim.up_to and parts[-1].holds:
            break
    return about((best if claim.up_to else every)(parts), evidence.told(claim))


def judge_order(claim: Claim, evidence: Evidence) -> Finding:
    """Each pair must be faster by ``margin`` of its speed: less is what two engines that are built
    alike may differ by, and without it no claim that equal engines differ could be refuted.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    limit, metric = 1 + claim.margin, claim.metric or "latency"
    parts = [speed(evidence, fast, slow, metric, limit) for fast, slow in claim.pairs]
    return about(every(parts), evidence.told(claim))


def speed(evidence: Evidence, fast: Build, slow: Build, metric: str, limit: float) -> Part:
    """Whether ``fast`` is ``limit`` times as fast as ``slow``."""
    for build in (fast, slow):
        if gap := evidence.gap(build, timed=True):
            return gone(build, gap)
    timed = evidence.timed(fast, slow, metric, limit)
    found = timed.speed_up
    if found is None:
        return Part(None, timed.disturbed[-1], f"{fast} over {slow}", enable=AGAIN)
    settled = timed.settles(limit)
    holds = reaches(found.low, found.high, limit) if settled else None
    timing = named(metric).timing
    assert timing is not None  # claims name no other metric
    word = {True: "reaches", False: "stays below", None: "is too noisy to tell from"}[holds]
    told = (
        f"{fast} {timing.faster.format(found.value)} {slow} (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}), which {word} {limit:.2f}"
    )
    if not settled:
        told += f" after {timed.loadings} loadings: {timed.disturbed[-1]}"
    return Part(holds, told, str(fast), f"{found.value:.2f}x", found.value, enable=AGAIN)
