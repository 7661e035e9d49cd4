"""A figure against what was accepted or is allowed: the one place where verdicts are made."""

from collections.abc import Mapping

from sdvbench.cells import Cell
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.figures import Figure
from sdvbench.gate.stats import Estimate
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Verdict, judge_limits, judge_stored

ACCEPT = "run with --benchmark-json=RESULTS.json, then `sdvbench baseline accept RESULTS.json`"

# A loss is told only where the reference has several times as much to lose.
SIGNAL = 4


def judge(
    figure: Figure, baselines: Baselines, thresholds: Thresholds, libraries: Mapping[str, str]
) -> Verdict:
    """The verdict on ``figure``, with a reason that names what it was held against.

    libraries: versions with which it was measured.
    """
    if figure.limited:
        precision = Cell.parse(figure.cell).precision
        limits = thresholds.limits(figure.metric, precision, list(figure.limited))
        if figure.signal is not None and figure.signal < SIGNAL * max(limits.values()):
            return Verdict(
                Status.INCONCLUSIVE,
                f"the reference itself scores {figure.signal:.3f}: no loss could be seen; give "
                "trained weights and a data set with their classes",
            )
        return judge_limits(figure.limited, limits)
    assert figure.cost is not None
    accepted = baselines.find(figure.cell, figure.metric)
    if accepted is None:
        return Verdict(
            Status.UNGATED,
            f"no accepted figure for hardware class {baselines.hardware_class}; to gate: {ACCEPT}",
        )
    differs = _difference(figure, accepted, libraries)
    if differs:
        return Verdict(Status.UNGATED, f"{differs}; to gate: {ACCEPT}")
    if figure.disturbed:
        return Verdict(Status.INCONCLUSIVE, f"{figure.disturbed}; run again when it is quiet")
    # Both runs' intervals together: the accepted figure was measured with noise of its own.
    ratio = Estimate(
        figure.cost.value / accepted.cost.value,
        figure.cost.low / accepted.cost.high,
        figure.cost.high / accepted.cost.low,
    )
    against = f"the {figure.metric} accepted on {accepted.date} at commit {accepted.commit}"
    return judge_stored(ratio, thresholds.tolerance(figure.metric, figure.cell), against)


def _difference(figure: Figure, accepted: Accepted, libraries: Mapping[str, str]) -> str | None:
    """Why the accepted figure says nothing about this one."""
    if accepted.imgsz != figure.setting.imgsz:
        return f"accepted at image size {accepted.imgsz}, run at {figure.setting.imgsz}"
    if accepted.anchor != figure.setting.anchor:
        return f"accepted against anchor {accepted.anchor}, run against {figure.setting.anchor}"
    if accepted.weights != figure.setting.weights:
        return f"accepted with weights {accepted.weights}, run with {figure.setting.weights}"
    # Another runtime changes the anchor too, and a loss that both share would not show.
    then, now = accepted.libraries, libraries
    changed = sorted(n for n in then.keys() | now.keys() if then.get(n) != now.get(n))
    if figure.relative and changed:
        told = ", ".join(f"{name} {then.get(name)} -> {now.get(name)}" for name in changed)
        return f"the anchor itself may have changed with its libraries ({told})"
    return None
