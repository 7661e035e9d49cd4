"""Claims about driving in a simulator: a figure of one engine's trips as a share of another's."""

import numpy as np

from sdvbench.cells import Gap
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.entry import TRIP
from sdvbench.claims.error import ratio_part
from sdvbench.claims.evidence import Evidence
from sdvbench.claims.finding import AGAIN, Finding, Part, about, best, every, gone
from sdvbench.claims.recovery import unrecovered
from sdvbench.closed_loop.record import Drives, arrivals, mean_with_interval

PENALTY = "deviation_mean_m"  # counts road that was not driven, so that it says something anyway
MORE = "drive more often (--sdv-trips)"
OTHER_ROAD = "drive another road (--sdv-simulator)"


def judge(claim: Claim, evidence: Evidence) -> Finding:
    """Each pair's ratio must be on the claim's side of its number; of an "up to" claim, one. It is
    the geometric mean over trips with the same seeds, with Student's interval.
    """
    if gap := elsewhere(claim, evidence):
        return every([gone(claim.pairs[0][0], gap)])
    parts = [_part(evidence, build, other, claim) for build, other in claim.pairs]
    return about((best if claim.up_to else every)(parts), evidence.told(claim))


def _part(evidence: Evidence, build: Build, other: Build, claim: Claim) -> Part:
    for one in (build, other):
        if gap := evidence.drive_gap(one) or unrecovered(evidence, one):
            return gone(one, gap)
    ours, theirs = evidence.drives(build), evidence.drives(other)
    if gap := _no_measure(ours, theirs, claim.score):
        return gone(build, gap)
    pairs = zip(ours.trips, theirs.trips, strict=True)
    ratios = [getattr(a, claim.score) / getattr(b, claim.score) for a, b in pairs]
    value, low, high = np.exp(mean_with_interval(np.log(ratios).tolist())).tolist()
    where = f"in {len(ratios)} trips in {ours.simulator}"
    told = f"{TRIP[claim.score]} of {other} {where}"
    return ratio_part(claim, build, (value, low, high), told, MORE)


def _no_measure(ours: Drives, theirs: Drives, score: str) -> Gap | None:
    """Why these trips say nothing of ``score``."""
    for drives in (ours, theirs):
        if drives.doubt:
            return Gap(drives.disturbed, AGAIN)
        share = arrivals(drives.trips)
        if share < 1 and (drives is theirs or score != PENALTY):
            missing = f"{drives.cell} arrives in {share:.0%} of its trips, so {TRIP[score]}"
            enable = "give weights that drive this road, and images of the size that they know"
            return Gap(f"{missing} cannot be compared", enable)
        if not all(getattr(trip, score) > 0 for trip in drives.trips):
            return Gap(f"{TRIP[score]} of {drives.cell} is 0 in a trip", OTHER_ROAD)
    return None
