"""The table of what was told behind a camera: a line a cell and rate."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from sdvbench.tables import markdown, rendered

COLUMNS = (
    "cell", "Hz", "policy", "missed %", "95 %", "dropped", "p50 ms", "p99", "p99.9",
    "between results ms", "jitter ms", "mJ/frame", "sAP", "RTIA", "in no hurry", "verdict",
)  # fmt: skip
LEGEND = (
    "missed: dropped, or a result later than a period after its frame was due; misses come in a "
    "row, which makes the interval too narrow\n"
    "between results: the shortest, mean and longest time; jitter: RFC 3550's; latency: from when "
    "the frame was due"
)
SCORES = (
    "sAP: mAP50-95 of the newest result at the time of each frame; RTIA: of each frame's own, "
    "where it comes in time"
)
REPLAYED = (
    "lines with sAP are replayed from what was filmed at {:g} Hz; deadlines are gated where they "
    "are filmed: pytest perf -m realtime"
)
PSEUDO = "truth is pseudo: what the fp32 reference finds, in no hurry, in frames without labels"
MIN_WIDTH = 220  # of all columns

Record = Mapping[str, Any]


def realtime_text(records: Sequence[Record], width: int, colour: bool = False) -> str:
    """For a terminal: the table, and what its words mean."""
    heads, rows = _columns(records)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        left = head in ("cell", "policy", "verdict")
        table.add_column(head, justify="left" if left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    lines = [rendered(table, max(width, MIN_WIDTH), colour), LEGEND]
    lines += [SCORES] if any("sap" in record for record in records) else []
    lines += [PSEUDO] if any(record.get("truth") == "pseudo" for record in records) else []
    replayed = {r["replayed_from_hz"] for r in records if "replayed_from_hz" in r}
    lines += [REPLAYED.format(rate_hz) for rate_hz in sorted(replayed)]
    return "\n".join([*lines, *_reasons(records), *disturbances(records)])


def _reasons(records: Sequence[Record]) -> list[str]:
    """Why it is unclear, and at which rates; equal reasons once."""
    whom: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        if record.get("status") in ("INCONCLUSIVE", "UNGATED"):
            name = f"{record['cell']} at {record['rate_hz']:g} Hz"
            whom[record["status"], record["reason"]].append(name)
    return [
        f"{status} {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}: {reason}"
        for (status, reason), names in whom.items()
    ]


def disturbances(records: Sequence[Record]) -> list[str]:
    """What others did meanwhile, the most of each kind; none where nobody was busy."""
    kinds: dict[str, str] = {}
    for told in (record["disturbed"] for record in records if record["disturbed"]):
        kind = re.sub("[0-9.]+", "", told)
        kinds[kind] = max(kinds.get(kind, told), told, key=lambda text: (len(text), text))
    return [f"disturbed, at most: {told}" for told in kinds.values()]


def realtime_markdown(records: Sequence[Record]) -> str:
    """The same table in Markdown."""
    return markdown(*_columns(records))


def _columns(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows, without columns in which nothing is told."""
    rows = [_cells(record) for record in records]
    shown = [i for i in range(len(COLUMNS)) if any(row[i] != "-" for row in rows)]
    return [COLUMNS[i] for i in shown], [[row[i] for i in shown] for row in rows]


def _cells(record: Record) -> list[str]:
    share, low, high = (100 * value for value in record["miss_rate"])
    jitter, latency = record["jitter"], record["latency_ms"]
    periods = (jitter[f"period_{name}_ms"] for name in ("min", "mean", "max"))
    energy = record["energy_mj_per_frame"]
    return [
        record["cell"],
        f"{record['rate_hz']:g}",
        record["policy"],
        f"{share:.1f}",
        f"{low:.1f} to {high:.1f}",
        str(record["dropped"]),
        *(f"{latency[name]:.1f}" for name in ("p50", "p99", "p99.9")),
        " ".join(f"{period:.0f}" for period in periods),
        f"{jitter['rfc3550_ms']:.1f}",
        "-" if energy is None else f"{energy:.0f}",
        _score(record, "sap"),
        _score(record, "rtia"),
        _score(record, "offline_map"),
        record.get("status", "-"),
    ]


def _score(record: Record, name: str) -> str:
    if name not in record:
        return "-"
    between = record.get(f"{name}_interval")
    told = f" ({between[0]:.3f} to {between[1]:.3f})" if between else ""
    return f"{record[name]:.4f}{told}"
