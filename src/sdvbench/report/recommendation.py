"""The cell to use on this hardware, under a user's limits, and why in one sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sdvbench.gate.verdict import Status
from sdvbench.metrics import value_of, values
from sdvbench.report.limits import Limit
from sdvbench.report.rows import Row
from sdvbench.tables import first_of

ALIKE = 0.02  # share within which two medians, measured minutes apart, are called equally fast
FASTEST, ARRIVED = "latency_ms", "arrived"


@dataclass(frozen=True)
class Recommendation:
    """cell: None where none can be recommended. reason: one sentence. left_out: which cells
    cannot be, one line for each reason. task: of these networks; empty where a run has only one.
    """

    cell: str | None
    reason: str
    left_out: Sequence[str] = ()
    task: str = ""


def recommendations(rows: Sequence[Row], given: Sequence[Limit]) -> list[Recommendation]:
    """One for the networks of each task, which do not stand in for one another: see ``recommend``.
    A limit of what networks for a task do not have, such as their mAP, does not concern them.
    """
    of_task: dict[str, list[Row]] = {}
    for row in rows:
        of_task.setdefault(row.task, []).append(row)
    if len(of_task) < 2:
        return [recommend(rows, given)]
    return [
        replace(recommend(own, [limit for limit in given if limit.concerns(own)]), task=task)
        for task, own in of_task.items()
    ]


def recommend(rows: Sequence[Row], given: Sequence[Limit]) -> Recommendation:
    """The fastest cell that meets every limit of ``given``, by its median latency.

    Cells that are within ALIKE of the fastest are equally fast: the least loss of accuracy decides,
    then the least memory, then the median, then the id. A cell that FAILs anything, deadlines of a
    camera too, of which a test ended in an error, that lacks a figure that is needed, or that does
    not arrive in all trips in the simulator (where ``given`` has no other limit of that) is not
    recommended.
    """
    left_out: list[str] = []
    needed = [Limit("", values()[FASTEST], math.inf), *given]
    candidates = list(rows)
    for limit in needed:
        lacking = [row for row in candidates if limit.of(row) is None]
        candidates = [row for row in candidates if limit.of(row) is not None]
        if lacking:
            told = f"{limit.value.title} not measured"
            left_out.append(f"{first_of([row.cell for row in lacking])}: {told}")
    lost = [row for row in candidates if row.lost]
    candidates = [row for row in candidates if not row.lost]
    if lost:
        left_out.append(f"{first_of([row.cell for row in lost])}: a test ended in an error")
    failed = [row for row in candidates if row.status is Status.FAIL]
    candidates = [row for row in candidates if row.status is not Status.FAIL]
    if failed:
        left_out.append(f"{first_of([row.cell for row in failed])}: FAIL")
    for rates in dict.fromkeys(row.late for row in candidates if row.late):
        late = [row for row in candidates if row.late == rates]
        left_out.append(
            f"{first_of([row.cell for row in late])}: deadlines FAIL behind a camera at {rates}"
        )
    candidates = [row for row in candidates if not row.late]
    if all(limit.value.name != ARRIVED for limit in given):
        astray = [row for row in candidates if _share_arrived(row) < 1]
        candidates = [row for row in candidates if _share_arrived(row) == 1]
        if astray:
            told = first_of([row.cell for row in astray])
            left_out.append(f"{told}: not every trip in the simulator arrives")
    if not candidates:
        why = "; ".join(left_out) or "no median latency was measured"
        return Recommendation(None, f"No cell can be recommended ({why}).", left_out)
    meeting = [row for row in candidates if all(limit.beyond(row) <= 0 for limit in given)]
    if not meeting:
        return Recommendation(None, _none_meets(candidates, given), left_out)
    best = _best(meeting)
    return Recommendation(str(best.cell), _reason(best, meeting, candidates, given), left_out)


def _best(meeting: Sequence[Row]) -> Row:
    return min(_alike(meeting), key=lambda row: (_or_worst(row.loss), _or_worst(row.memory_mb)))


def _alike(meeting: Sequence[Row]) -> list[Row]:
    """Those that are as fast as the fastest, which comes first; of equals the first id."""
    order = sorted(meeting, key=lambda row: (_or_worst(row.latency_ms), str(row.cell)))
    fastest = _or_worst(order[0].latency_ms)
    return [row for row in order if _or_worst(row.latency_ms) <= fastest * (1 + ALIKE)]


def _share_arrived(row: Row) -> float:
    """1 for a cell that did not drive."""
    arrived = row.declared(ARRIVED)
    return 1.0 if arrived is None else arrived


def _or_worst(value: float | None) -> float:
    return math.inf if value is None else value


def _reason(
    best: Row, meeting: Sequence[Row], candidates: Sequence[Row], given: Sequence[Limit]
) -> str:
    held = " and ".join(limit.told for limit in given)
    among = f"the {len(meeting)} of {len(candidates)} cells with a {held}" if given else None
    among = among or f"all {len(candidates)} cells, no limit being given,"
    losing = best.losing
    loss = f"with a {losing[0].title} of {losing[0].told(losing[1])}" if losing else ""
    loss = loss or "of unknown accuracy"
    memory = "" if best.memory_mb is None else f" in {best.memory_mb:.0f} MiB"
    equals = [row for row in _alike(meeting) if row is not best]
    lead = "the fastest"
    if equals:
        others = first_of([row.cell for row in equals])
        lead = f"as fast as {others} (within {100 * ALIKE:.0f} %) and the better of them"
    unclear = "" if best.status is Status.PASS else f"; its verdict here is {best.status}"
    timed = value_of(FASTEST, best.cell)
    if timed and best.records[timed[0].id].disturbed:
        unclear += "; other processes disturbed the run, so measure again before you rely on it"
    return (
        f"Of {among} {best.cell} is {lead}: {best.latency_ms:.4g} ms a call{memory}, "
        f"{loss}{unclear}."
    )


def _none_meets(candidates: Sequence[Row], given: Sequence[Limit]) -> str:
    told = []
    for limit in given:
        beyond = [row for row in candidates if limit.beyond(row) > 0]
        if beyond:
            nearest = min(beyond, key=limit.beyond)
            told.append(
                f"--{limit.option} excludes {len(beyond)} of {len(candidates)}, the nearest "
                f"{nearest.cell} by {limit.value.told(limit.beyond(nearest))}"
            )
    return f"No cell meets all limits: {'; '.join(told)}."
