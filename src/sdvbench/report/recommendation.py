"""The cell to use on this hardware, under a user's limits, and why in one sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sdvbench.errors import OptionError
from sdvbench.gate.verdict import Status
from sdvbench.report.rows import Row
from sdvbench.tables import first_of

ALIKE = 0.02  # share within which two medians, measured minutes apart, are called equally fast
EXAMPLES = {"latency_ms": 50, "loss": 0.02, "memory_mb": 200}


@dataclass(frozen=True)
class Limit:
    """option: as the user writes it. name: of the attribute of a Row. most: the limit itself."""

    option: str
    name: str
    most: float
    what: str
    unit: str

    def value(self, row: Row) -> float | None:
        found: float | None = getattr(row, self.name)
        return found

    def told(self, value: float) -> str:
        return f"{value:.4f}" if self.name == "loss" else f"{value:.4g}{self.unit}"


def limits(
    latency_ms: float | None = None, map_drop: float | None = None, memory_mb: float | None = None
) -> list[Limit]:
    """Those that were given. Raises OptionError for one that is no finite number of 0 or more."""
    asked = (
        Limit("max-latency-ms", "latency_ms", _number(latency_ms), "median latency", " ms"),
        Limit("max-map-drop", "loss", _number(map_drop), "loss of mAP50-95", ""),
        Limit("max-memory-mb", "memory_mb", _number(memory_mb), "private memory", " MiB"),
    )
    given = [limit for limit in asked if limit.most is not math.inf]
    for limit in given:
        if not (math.isfinite(limit.most) and limit.most >= 0):
            problem = "is not a number of 0 or more"
            option = f"--{limit.option} {limit.most} (--sdv-{limit.option} in pytest)"
            raise OptionError(option, problem, f"Use for example {EXAMPLES[limit.name]}")
    return given


def _number(given: float | None) -> float:
    return math.inf if given is None else given


@dataclass(frozen=True)
class Recommendation:
    """cell: None where none can be recommended. reason: one sentence. left_out: whom not, and
    why, a line a reason.
    """

    cell: str | None
    reason: str
    left_out: Sequence[str] = ()


def recommend(rows: Sequence[Row], given: Sequence[Limit]) -> Recommendation:
    """The fastest cell that meets every limit of ``given``, by its median latency.

    Cells that are within ALIKE of the fastest are equally fast: the least loss of mAP decides, then
    the least memory, then the median, then the id. A cell that FAILs anything, deadlines of a
    camera too, of which a test ended in an error, or that lacks a figure that is needed, is not
    recommended.
    """
    left_out: list[str] = []
    needed = [Limit("", "latency_ms", math.inf, "median latency", " ms"), *given]
    candidates = list(rows)
    for limit in {limit.name: limit for limit in needed}.values():
        lacking = [row for row in candidates if limit.value(row) is None]
        candidates = [row for row in candidates if limit.value(row) is not None]
        if lacking:
            left_out.append(f"{first_of([row.cell for row in lacking])}: {limit.what} not measured")
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
    if not candidates:
        why = "; ".join(left_out) or "no median latency was measured"
        return Recommendation(None, f"No cell can be recommended ({why}).", left_out)
    meeting = [row for row in candidates if all(_meets(row, limit) for limit in given)]
    if not meeting:
        return Recommendation(None, _none_meets(candidates, given), left_out)
    best = _best(meeting)
    return Recommendation(str(best.cell), _reason(best, meeting, candidates, given), left_out)


def _meets(row: Row, limit: Limit) -> bool:
    value = limit.value(row)
    return value is not None and value <= limit.most


def _best(meeting: Sequence[Row]) -> Row:
    return min(_alike(meeting), key=lambda row: (_or_worst(row.loss), _or_worst(row.memory_mb)))


def _alike(meeting: Sequence[Row]) -> list[Row]:
    """Those that are as fast as the fastest, which comes first; of equals the first id."""
    order = sorted(meeting, key=lambda row: (_or_worst(row.latency_ms), str(row.cell)))
    fastest = _or_worst(order[0].latency_ms)
    return [row for row in order if _or_worst(row.latency_ms) <= fastest * (1 + ALIKE)]


def _or_worst(value: float | None) -> float:
    return math.inf if value is None else value


def _reason(
    best: Row, meeting: Sequence[Row], candidates: Sequence[Row], given: Sequence[Limit]
) -> str:
    held = " and ".join(f"{limit.what} of at most {limit.told(limit.most)}" for limit in given)
    among = f"the {len(meeting)} of {len(candidates)} cells with a {held}" if given else None
    among = among or f"all {len(candidates)} cells, no limit being given,"
    loss = "of unknown accuracy" if best.loss is None else f"losing {best.loss:.4f} of mAP50-95"
    memory = "" if best.memory_mb is None else f" in {best.memory_mb:.0f} MiB"
    equals = [row for row in _alike(meeting) if row is not best]
    lead = "the fastest"
    if equals:
        others = first_of([row.cell for row in equals])
        lead = f"as fast as {others} (within {100 * ALIKE:.0f} %) and the better of them"
    unclear = "" if best.status is Status.PASS else f"; its verdict here is {best.status}"
    if best.records["latency"].get("disturbed"):
        unclear += "; other processes disturbed the run, so measure again before you rely on it"
    return (
        f"Of {among} {best.cell} is {lead}: {best.latency_ms:.4g} ms a call{memory}, "
        f"{loss}{unclear}."
    )


def _none_meets(candidates: Sequence[Row], given: Sequence[Limit]) -> str:
    told = []
    for limit in given:
        beyond = [row for row in candidates if not _meets(row, limit)]
        if beyond:
            nearest = min(beyond, key=lambda row: _or_worst(limit.value(row)))
            value = _or_worst(limit.value(nearest))
            told.append(
                f"--{limit.option} {limit.most:g} excludes {len(beyond)} of {len(candidates)}, the "
                f"nearest {nearest.cell} by {limit.told(value - limit.most)}"
            )
    return f"No cell meets all limits: {'; '.join(told)}."
