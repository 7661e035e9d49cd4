"""The table of what was told behind a camera, a line a cell and rate, and what its words mean."""

import re
from collections.abc import Sequence

from sdvbench.realtime.record import Record

COLUMNS = (
    "cell", "Hz", "policy", "trace", "missed", "95 %", "dropped", "p50 ms", "p99", "p99.9",
    "between results ms", "jitter ms", "mJ/frame", "sAP", "RTIA", "in no hurry", "verdict",
)  # fmt: skip
LEGEND = (
    "missed: dropped, or a result later than a period after its frame was due; misses come in a "
    "row, which makes the interval too narrow",
    "between results: the shortest, mean and longest time; jitter: RFC 3550's; latency: from when "
    "the frame was due",
)
SCORES = (
    "sAP: {} of the newest result at the time of each frame; RTIA: of each frame's own, "
    "where it comes in time"
)
REPLAYED = (
    "lines with sAP are replayed from what was filmed at {:g} Hz; deadlines are gated where they "
    "are filmed: pytest perf -m realtime"
)
PSEUDO = "truth is pseudo: what the fp32 reference finds, in no hurry, in frames without labels"


def columns(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows, without columns in which nothing is told."""
    rows = [_cells(record) for record in records]
    shown = [i for i in range(len(COLUMNS)) if any(row[i] != "-" for row in rows)]
    return [COLUMNS[i] for i in shown], [[row[i] for i in shown] for row in rows]


def notes(records: Sequence[Record]) -> list[str]:
    """What the words of the table mean, and what others did meanwhile."""
    lines = [*LEGEND]
    scored = dict.fromkeys(record.figure for record in records if record.sap is not None)
    lines += [SCORES.format(" or ".join(scored))] if scored else []
    lines += [PSEUDO] if any(record.truth == "pseudo" for record in records) else []
    replayed = {r.replayed_from_hz for r in records if r.replayed_from_hz is not None}
    lines += [REPLAYED.format(rate_hz) for rate_hz in sorted(replayed)]
    return lines + disturbances(records)


def disturbances(records: Sequence[Record]) -> list[str]:
    """What others did meanwhile, the most of each kind; none where nobody was busy."""
    kinds: dict[str, str] = {}
    for told in (record.disturbed for record in records if record.disturbed):
        kind = re.sub("[0-9.]+", "", told)
        kinds[kind] = max(kinds.get(kind, told), told, key=lambda text: (len(text), text))
    return [f"disturbed, at most: {told}" for told in kinds.values()]


def origin(record: Record) -> str:
    """Whether its trace was filmed, or replayed from a film at which rate."""
    rate_hz = record.replayed_from_hz
    return "filmed" if rate_hz is None else f"replayed from {rate_hz:g} Hz"


def _cells(record: Record) -> list[str]:
    share, low, high = (100 * value for value in record.miss_rate)
    jitter = record.jitter
    return [
        record.cell,
        f"{record.rate_hz:g}",
        record.policy,
        origin(record),
        f"{record.misses} of {record.frames} ({share:.1f} %)",
        f"{low:.1f} to {high:.1f}",
        str(record.dropped),
        *(_number(record.latency_ms.get(name), 1) for name in ("p50", "p99", "p99.9")),
        f"{jitter.period_min_ms:.0f} {jitter.period_mean_ms:.0f} {jitter.period_max_ms:.0f}",
        _number(jitter.rfc3550_ms, 1),
        _number(record.energy_mj_per_frame, 0),
        _score(record.sap, record.sap_interval),
        _score(record.rtia, record.rtia_interval),
        _score(record.offline_map),
        record.status or "-",
    ]


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _score(value: float | None, between: tuple[float, float] | None = None) -> str:
    sure = f" ({between[0]:.3f} to {between[1]:.3f})" if between else ""
    return _number(value, 4) + sure
