"""Verdicts: what a figure says against what was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sdvbench.gate.stats import Estimate


class Status(StrEnum):
    """INCONCLUSIVE and UNGATED are never shown as a pass."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    UNGATED = "UNGATED"


class Tier(StrEnum):
    """What a figure was held against, the strongest first.

    ARTIFACT: the accepted engine itself, run in turn with it. ANCHOR: the accepted share of the
    time of an engine that every run measures. ABSOLUTE: the accepted figure. LIMIT: a fixed limit.
    """

    ARTIFACT = "artifact"
    ANCHOR = "anchor"
    ABSOLUTE = "absolute"
    LIMIT = "limit"


@dataclass(frozen=True)
class Verdict:
    """status, and the sentence that says why: what, by how much, how sure, against what.

    ratio: candidate over baseline, above 1 is worse; None where there is nothing to compare with.
    interval: of the ratio at 95 %; None where the figure is exact.
    tier: None where nothing was compared.
    """

    status: Status
    reason: str
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    tier: Tier | None = None

    @property
    def change(self) -> str:
        """For tables: "+3.1 %", positive is worse."""
        return "" if self.ratio is None else f"{100 * (self.ratio - 1):+.1f} %"


def judge_pair(
    median: Estimate, fast: Estimate, tolerance: float, against: str = "the baseline"
) -> Verdict:
    """Candidate against a baseline that was measured in turn with it.

    median, fast: the two estimates of one ratio, ``stats.median_ratio`` and ``stats.fast_ratio``.
    FAIL where both are beyond half of ``tolerance`` and both intervals are clear of 1; PASS where
    neither is beyond half of it and both intervals stay within the whole; else INCONCLUSIVE.
    """
    limit, both = 1 + tolerance / 2, (median, fast)
    failed = all(estimate.value > limit and estimate.low > 1 for estimate in both)
    passed = all(e.value <= limit and e.high <= 1 + tolerance for e in both)
    verdict = _told(median, tolerance, against, failed, passed, Tier.ARTIFACT)
    apart = (median.value > limit) != (fast.value > limit)
    if not apart:
        return verdict
    reason = f"{verdict.reason}, and the fastest calls say {fast.value:.3f}"
    return replace(verdict, reason=reason)


def is_clear(median: Estimate, fast: Estimate, tolerance: float) -> bool:
    """Whether there is no need to measure on: both estimates are on one side of half of
    ``tolerance`` by so much that another window would hardly move them across.
    """
    both = (median, fast)
    slower = all(e.value > 1 + tolerance / 2 and e.low > 1 + tolerance / 4 for e in both)
    return slower or all(e.high <= 1 + tolerance / 2 for e in both)


def two_sided(verdict: Verdict, tolerance: float) -> Verdict:
    """``verdict`` of ``judge_pair``, but FAIL also where the candidate is as much faster."""
    if verdict.ratio is None or verdict.interval is None:
        return verdict
    faster = verdict.ratio < 1 / (1 + tolerance / 2) and verdict.interval[1] < 1
    return replace(verdict, status=Status.FAIL) if faster else verdict


def judge_stored(
    ratio: Estimate, tolerance: float, against: str, tier: Tier = Tier.ANCHOR
) -> Verdict:
    """Candidate against a figure stored by an earlier run.

    A bias of either run is in no interval, so the whole interval must be beyond ``tolerance`` to
    fail, and within it to pass; else INCONCLUSIVE.
    """
    limit = 1 + tolerance
    return _told(ratio, tolerance, against, ratio.low > limit, ratio.high <= limit, tier)


def judge_limits(
    values: Mapping[str, float],
    limits: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Verdict:
    """Figures against their upper limits, all of which must hold; NaN fails.

    titles: of the figures, for sentences.
    intervals: of those that are estimates; the whole of one must be beyond the limit to fail, and
    within it to pass. A figure without one is exact.
    """
    told, statuses = [], set()
    for name, value in values.items():
        low, high = (intervals or {}).get(name, (value, value))
        limit = limits[name]
        held, broken = high <= limit, not low <= limit
        statuses.add(Status.FAIL if broken else Status.PASS if held else Status.INCONCLUSIVE)
        sure = f", 95 % interval {low:.4g} to {high:.4g}" if low < high else ""
        title = (titles or {}).get(name, name)
        told.append(f"{title} {value:.4g} (limit {name} = {limit:.4g}{sure})")
    worst = next(s for s in (Status.FAIL, Status.INCONCLUSIVE, Status.PASS) if s in statuses)
    reason = ", ".join(told)
    if worst is Status.INCONCLUSIVE:
        reason += ": too near the limit to tell; measure with more images, or more trips"
    return Verdict(worst, reason, tier=Tier.LIMIT)


def _told(
    ratio: Estimate, tolerance: float, against: str, failed: bool, passed: bool, tier: Tier
) -> Verdict:
    status = Status.FAIL if failed else Status.PASS if passed else Status.INCONCLUSIVE
    interval = f" (95 % interval {ratio.low:.3f} to {ratio.high:.3f})"
    reason = (
        f"{ratio.value:.3f} times {against}{interval if ratio.low < ratio.high else ''}, "
        f"tolerance {100 * tolerance:.0f} %"
    )
    if status is Status.INCONCLUSIVE:
        reason += ": too noisy, or too near the limit, to tell"
    return Verdict(status, reason, ratio.value, (ratio.low, ratio.high), tier)
