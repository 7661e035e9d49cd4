"""A figure against what was accepted or is allowed: the one place where verdicts are made."""

import math
from collections.abc import Mapping
from dataclasses import replace

from sdvbench.cells import Cell
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.figures import Figure
from sdvbench.gate.libraries import differing
from sdvbench.gate.limits import how_to_limit, too_weak, within_limits, worse_of
from sdvbench.gate.stats import Estimate
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Tier, Verdict, judge_limits, judge_stored
from sdvbench.metrics import named

ACCEPT = "run with --benchmark-json=RESULTS.json, then `sdvbench baseline accept RESULTS.json`"

FOLDERS = "keep a folder of accepted figures for each (--sdv-baselines)"

CLEAR_OF_CONTROL = 3  # times as far from 1 as a control that fails
CONTROL = 0.01  # how far the run's control may be off 1 before times themselves mean nothing


def judge(
    figure: Figure,
    baselines: Baselines,
    thresholds: Thresholds,
    libraries: Mapping[str, str],
    control: Verdict | None = None,
) -> Verdict:
    """The verdict on ``figure``, with a reason that names what it was held against: what was
    accepted, or the limits of its precision, and the limits of its cell.

    libraries: versions with which it was measured.
    control: the run's verdict on two engines that were built alike, FAIL where they differ either
        way; None where there was none. Where it is FAIL, this machine cannot tell engines apart,
        and no time fails that is worse by less than three times as much.
    """
    limits = within_limits(figure, thresholds)
    metric = named(figure.metric)
    if not (metric.compared or figure.limited):
        return limits or Verdict(Status.UNGATED, how_to_limit(figure, metric, thresholds))
    verdict = _judged(figure, baselines, thresholds, libraries, control)
    if figure.relative and verdict.status is Status.FAIL and _doubted(verdict, control):
        assert control is not None
        reason = f"{verdict.reason}; but so differ two engines built alike ({control.reason})"
        verdict = replace(verdict, status=Status.INCONCLUSIVE, reason=reason)
    return verdict if limits is None else worse_of(limits, verdict)


def same_weights(figure: Figure, baselines: Baselines) -> bool:
    """Whether the accepted figure, if any, was measured with the same weights."""
    accepted = baselines.find(figure.cell, figure.metric)
    return accepted is None or accepted.weights == figure.weights


def _doubted(verdict: Verdict, control: Verdict | None) -> bool:
    """Whether the run's control differs by so much that ``verdict`` may be of the same kind."""
    if control is None or control.status is not Status.FAIL:
        return False
    assert control.ratio is not None
    assert verdict.ratio is not None
    return math.log(verdict.ratio) < CLEAR_OF_CONTROL * abs(math.log(control.ratio))


def _judged(
    figure: Figure,
    baselines: Baselines,
    thresholds: Thresholds,
    libraries: Mapping[str, str],
    control: Verdict | None,
) -> Verdict:
    if figure.limited:
        return _against_limits(figure, thresholds)
    accepted = baselines.find(figure.cell, figure.metric)
    if accepted is None:
        return Verdict(
            Status.UNGATED,
            f"no accepted figure for hardware class {baselines.hardware_class}; to gate: {ACCEPT}",
        )
    differs = _different_setting(figure, accepted)
    if differs:
        return Verdict(Status.UNGATED, differs)
    if figure.paired is not None and figure.paired.status is not Status.PASS:
        return figure.paired
    if figure.disturbed and figure.paired is None:
        return Verdict(Status.INCONCLUSIVE, f"{figure.disturbed}; run again when it is quiet")
    differs = _different_anchor(figure, accepted, libraries) if figure.relative else None
    if not differs:
        return figure.paired or _against_accepted(figure, accepted, thresholds)
    timed = figure.relative and not figure.disturbed
    if timed and thresholds.has(Tier.ABSOLUTE, figure.metric, figure.cell):
        return _against_times(figure, accepted, thresholds, control)
    if figure.paired:
        # Both engines ran on today's libraries, so a loss of the runtime itself would not show.
        differs = f"{figure.paired.reason}; but {differs}"
    return Verdict(Status.UNGATED, f"{differs}; to gate: {ACCEPT}")


def _against_limits(figure: Figure, thresholds: Thresholds) -> Verdict:
    precision = Cell.parse(figure.cell).precision
    limits = thresholds.limits(figure.metric, precision, list(figure.limited))
    titles = named(figure.metric).limited
    verdict = judge_limits(figure.limited, limits, figure.intervals, titles)
    if figure.cause and verdict.status is not Status.PASS:
        verdict = replace(verdict, reason=f"{verdict.reason}; {figure.cause}")
    if doubt := figure.doubt or figure.disturbed:
        reason = f"{verdict.reason}, but {doubt}"
        return replace(verdict, status=Status.INCONCLUSIVE, reason=reason)
    if verdict.status is Status.FAIL or not (weak := too_weak(figure, max(limits.values()))):
        return verdict
    return replace(verdict, status=Status.INCONCLUSIVE, reason=weak)


def _against_accepted(figure: Figure, accepted: Accepted, thresholds: Thresholds) -> Verdict:
    assert figure.cost is not None
    # Both runs' intervals together: the accepted figure was measured with noise of its own.
    ratio = Estimate(
        figure.cost.value / accepted.cost.value,
        figure.cost.low / accepted.cost.high,
        figure.cost.high / accepted.cost.low,
    )
    tier = Tier.ANCHOR if figure.relative else Tier.ABSOLUTE
    what = f"share of {accepted.anchor}'s time" if figure.relative else figure.metric
    against = f"the {what} accepted on {accepted.date} at commit {accepted.commit}"
    same = figure.artifact == accepted.artifact
    if figure.relative and not same:
        against += " (the accepted engine is not in the store)"
    tolerance = thresholds.tolerance(tier, figure.metric, figure.cell)
    verdict = judge_stored(ratio, tolerance, against, tier)
    if figure.relative and same and verdict.status is Status.FAIL:
        # No change of a model or of its build can be the cause.
        reason = f"{verdict.reason}; but the engine is the accepted one, byte for byte, with the "
        reason += "same libraries, so the machine or its settings have changed"
        return replace(verdict, status=Status.INCONCLUSIVE, reason=reason)
    return verdict


def _against_times(
    figure: Figure, accepted: Accepted, thresholds: Thresholds, control: Verdict | None
) -> Verdict:
    """The times themselves, where the thresholds allow that and the run's control is good."""
    interval = control.interval if control else None
    if interval is None or max(abs(bound - 1) for bound in interval) > CONTROL:
        told = control.reason if control else "was not measured"
        reason = f"the run's control is not inside {100 * CONTROL:.0f} % ({told})"
        return Verdict(Status.INCONCLUSIVE, f"{reason}; run again when it is quiet")
    metric = named(figure.metric)
    ratio = metric.time(figure.shown) / metric.time(accepted.shown)
    against = f"the {figure.metric} accepted on {accepted.date} at commit {accepted.commit}"
    tolerance = thresholds.tolerance(Tier.ABSOLUTE, figure.metric, figure.cell)
    return judge_stored(Estimate(ratio, ratio, ratio), tolerance, against, Tier.ABSOLUTE)


def _different_setting(figure: Figure, accepted: Accepted) -> str | None:
    """Why the accepted figure says nothing about this one, and what would."""
    if accepted.imgsz != figure.imgsz:
        differs = f"accepted at image size {accepted.imgsz}, run at {figure.imgsz}"
        return f"{differs}; to gate both: {FOLDERS}"
    if accepted.weights != figure.weights and figure.paired is None:
        differs = f"accepted with weights {accepted.weights}, run with {figure.weights}"
        if figure.relative:
            differs += ", and the accepted engine is not in the store to run in turn"
        return f"{differs}; to gate: {ACCEPT}, with --replace"
    return None


def _different_anchor(
    figure: Figure, accepted: Accepted, libraries: Mapping[str, str]
) -> str | None:
    """Why the accepted share of the anchor's time says nothing about this one."""
    if figure.paired is None and accepted.anchor != figure.anchor:
        return f"accepted against anchor {accepted.anchor}, run against {figure.anchor}"
    # Another runtime changes the anchor too, and a loss that both share would not show.
    then, now = accepted.libraries, libraries
    changed = differing(then, now, figure.cell, figure.anchor)
    if changed:
        told = ", ".join(f"{name} {then.get(name)} -> {now.get(name)}" for name in changed)
        return f"the anchor itself may have changed with its libraries ({told})"
    return None
