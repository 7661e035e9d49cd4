"""Whether deadlines are met often enough."""

import math

from sdvbench.gate.stats import CONFIDENCE, share_interval
from sdvbench.gate.verdict import Status, Tier, Verdict

GATE = "to gate it: --sdv-misses 0.01"


def judge_misses(misses: int, frames: int, limit: float | None) -> Verdict:
    """``misses`` of ``frames`` against the share of frames that may miss their deadline.

    FAIL where the whole interval at 95 % is above ``limit``, PASS where all of it is within, else
    INCONCLUSIVE, with how many frames a PASS takes. UNGATED where there is no limit.
    """
    low, high = share_interval(misses, frames)
    told = f"{misses} of {frames} frames missed their deadline"
    if limit is None:
        reason = f"how many frames may miss their deadline was not said; {GATE}"
        return Verdict(Status.UNGATED, reason)
    status = Status.INCONCLUSIVE
    if high <= limit:
        status = Status.PASS
    elif low > limit:
        status = Status.FAIL
    interval = f"95 % interval {100 * low:.3g} to {100 * high:.3g} %"
    reason = f"{told} ({interval}, limit {100 * limit:.3g} %)"
    if status is Status.INCONCLUSIVE:
        least = frames_without_miss(limit)
        reason += f"; PASS takes {least} frames without a miss, more with some (--sdv-frames)"
    return Verdict(status, reason, tier=Tier.LIMIT)


def frames_without_miss(limit: float) -> int:
    """The fewest of which none may miss for the whole interval at 95 % to be within ``limit``."""
    return math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log1p(-limit))
