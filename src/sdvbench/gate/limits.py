"""Figures against the limits that [limits] in thresholds.toml sets for cells."""

from dataclasses import replace
from math import isnan

from sdvbench.cells import Cell
from sdvbench.gate.figures import Figure
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Tier, Verdict
from sdvbench.metrics import named
from sdvbench.metrics.base import Metric, Value

# Worst first: of several verdicts the worst counts.
WORST = (Status.FAIL, Status.INCONCLUSIVE, Status.UNGATED, Status.PASS)
# A loss can be judged only where the reference scores several times as much.
SIGNAL = 4


def within_limits(figure: Figure, thresholds: Thresholds) -> Verdict | None:
    """The verdict on all values of ``figure`` that a limit stands for; None where none does.

    A value beyond its limit FAILs, and one whose interval has the limit inside is INCONCLUSIVE; so
    is one that is beyond it while other processes disturbed the run, since these lengthen times.
    """
    cell = Cell.parse(figure.cell)
    found = []
    for value in named(figure.metric).values:
        limit = thresholds.limit(value.name, figure.cell) if value.is_of(cell) else None
        if limit is not None:
            found.append(_judged(figure, value, limit))
    if not found:
        return None
    found.sort(key=lambda verdict: WORST.index(verdict.status))
    reason = "; ".join(verdict.reason for verdict in found)
    return Verdict(found[0].status, reason, tier=Tier.LIMIT)


def worse_of(limits: Verdict, other: Verdict) -> Verdict:
    """Both verdicts on one figure as one: the worse status, and the reasons of both, that of
    ``limits`` first where it decides. What was compared with a baseline stays ``other``'s.
    """
    worse = WORST.index(limits.status) <= WORST.index(other.status)
    decides = worse and limits.status is not Status.PASS
    first, second = (limits, other) if decides else (other, limits)
    reason = f"{first.reason}; {second.reason}"
    return replace(other, status=first.status, reason=reason, tier=first.tier)


def how_to_limit(figure: Figure, metric: Metric, thresholds: Thresholds) -> str:
    """Why a figure that is held against limits alone is UNGATED, and what would gate it."""
    value = metric.values[-1]
    pattern = Cell.parse(figure.cell).precision
    return (
        f"{thresholds.file} has no limit of {' or '.join(v.name for v in metric.values)} for it; "
        f'to gate: under [limits] there, {value.name} = {{ "*-{pattern}-*" = {value.example:g} }}'
    )


def too_weak(figure: Figure, limit: float) -> str:
    """Why a loss within ``limit`` says nothing; empty where it does."""
    if figure.signal is None or figure.signal >= SIGNAL * limit:
        return ""
    return (
        f"the reference itself scores {figure.signal:.3f}: no loss could be seen; give "
        "trained weights and a data set with their classes"
    )


def _judged(figure: Figure, value: Value, limit: float) -> Verdict:
    bound = f"limit of {value.told(limit)}"
    number = figure.shown.get(value.shown)
    if number is None:
        reason = f"{value.title} was not measured, and has a {bound}"
        return Verdict(Status.INCONCLUSIVE, reason, tier=Tier.LIMIT)
    interval = figure.intervals.get(value.interval, (number, number))
    low, high = sorted(map(value.cost, interval))
    most = value.cost(limit)
    status = Status.PASS if high <= most else Status.FAIL
    if status is Status.FAIL and low <= most:
        status = Status.INCONCLUSIVE
    reason = f"{value.title} {value.told(number)} {_beside(value, number, limit)}{bound}"
    if off := abs(number - limit):
        reason += f" by {value.told(off)}"
    if interval[0] < interval[1]:
        reason += f" (95 % interval {value.told(interval[0])} to {value.told(interval[1])})"
    if status is Status.INCONCLUSIVE:
        reason += ": too near the limit to tell"
    elif status is Status.FAIL and figure.disturbed:
        status = Status.INCONCLUSIVE
        reason += f", but {figure.disturbed}; run again when it is quiet"
    elif status is Status.PASS and value.is_loss and (weak := too_weak(figure, limit)):
        status, reason = Status.INCONCLUSIVE, weak
    return Verdict(status, reason, tier=Tier.LIMIT)


def _beside(value: Value, number: float, limit: float) -> str:
    if isnan(number):
        return "is no number, and has a "
    if number == limit:
        return "is at its "
    return f"is {'above' if number > limit else 'below'} its "
