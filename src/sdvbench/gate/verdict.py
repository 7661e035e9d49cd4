"""Verdicts: what a figure says against what was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sdvbench.gate.stats import Estimate


class Status(StrEnum):
    """INCONCLUSIVE and UNGATED are never shown as a pass."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    UNGATED = "UNGATED"


@dataclass(frozen=True)
class Verdict:
    """status, and the sentence that says why: what, by how much, how sure, against what.

    ratio: candidate over baseline, above 1 is worse; None where there is nothing to compare with.
    interval: of the ratio at 95 %; None where the figure is exact.
    """

    status: Status
    reason: str
    ratio: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def change(self) -> str:
        """For tables: "+3.1 %", positive is worse."""
        return "" if self.ratio is None else f"{100 * (self.ratio - 1):+.1f} %"


def judge_pair(ratio: Estimate, tolerance: float) -> Verdict:
    """Candidate against a baseline that was measured in turn with it.

    FAIL where the ratio is beyond half of ``tolerance`` and its interval is clear of 1; PASS where
    it is not beyond half of it and the interval stays within the whole; else INCONCLUSIVE.
    """
    beyond = ratio.value > 1 + tolerance / 2
    failed = beyond and ratio.low > 1
    passed = not beyond and ratio.high <= 1 + tolerance
    return _told(ratio, tolerance, "the baseline", failed, passed)


def judge_stored(ratio: Estimate, tolerance: float, against: str) -> Verdict:
    """Candidate against a figure stored by an earlier run.

    A bias of either run is in no interval, so the whole interval must be beyond ``tolerance`` to
    fail, and within it to pass; else INCONCLUSIVE.
    """
    limit = 1 + tolerance
    return _told(ratio, tolerance, against, ratio.low > limit, ratio.high <= limit)


def judge_limits(values: Mapping[str, float], limits: Mapping[str, float]) -> Verdict:
    """Exact figures against their upper limits, all of which must hold; NaN fails."""
    told, held = [], True
    for name, value in values.items():
        held &= value <= limits[name]
        told.append(f"{name} {value:.4g} (limit {limits[name]:.4g})")
    return Verdict(Status.PASS if held else Status.FAIL, ", ".join(told))


def _told(ratio: Estimate, tolerance: float, against: str, failed: bool, passed: bool) -> Verdict:
    status = Status.FAIL if failed else Status.PASS if passed else Status.INCONCLUSIVE
    interval = f" (95 % interval {ratio.low:.3f} to {ratio.high:.3f})"
    reason = (
        f"{ratio.value:.3f} times {against}{interval if ratio.low < ratio.high else ''}, "
        f"tolerance {100 * tolerance:.0f} %"
    )
    if status is Status.INCONCLUSIVE:
        reason += ": too noisy to tell"
    return Verdict(status, reason, ratio.value, (ratio.low, ratio.high))
