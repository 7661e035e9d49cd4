"""The table at the end of a run: a line a cell, then what needs somebody's attention."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from sdvbench.measurement.gpu_watch import unwatched
from sdvbench.pytest_plugin.realtime_summary import realtime_text
from sdvbench.pytest_plugin.suite import Suite
from sdvbench.tables import rendered

# Worst first: a cell's line shows the worst verdict of its tests.
STATUSES = {"FAIL": "bold red", "INCONCLUSIVE": "yellow", "UNGATED": "yellow", "PASS": "green"}
COLUMNS = {  # heading -> (metric, its value, format)
    "median ms": ("latency", "median_ms", "{:.1f}"),
    "p90": ("latency", "p90_ms", "{:.1f}"),
    "p99": ("latency", "p99_ms", "{:.1f}"),
    "speed-up": ("latency", "speed_up", "{:.2f}x"),
    "images/s": ("throughput", "images_per_second", "{:.1f}"),
    "private MiB": ("memory", "private_memory_mb", "{:.0f}"),
    "resident": ("memory", "peak_memory_mb", "{:.0f}"),
    "box px off": ("agreement", "box_px", "{:.2g}"),
    "box error": ("agreement", "box_error", "{:.1e}"),
    "confidence error": ("agreement", "confidence_error", "{:.1e}"),
    "mAP": ("map_drop", "map", "{:.4f}"),
    "mAP drop": ("map_drop", "map_drop", "{:+.4f}"),
    "below unpruned": ("pruning_drop", "pruning_drop", "{:+.4f}"),
}
MIN_WIDTH = 156  # of all columns of a gated run

Record = Mapping[str, Any]


def write_summary(terminal: Any, suite: Suite, trained: Suite) -> None:
    """Write the table and the reasons to pytest's terminal reporter."""
    records = list(_records(terminal))
    if records:
        terminal.section("sdvbench")
        width = max(terminal._tw.fullwidth, MIN_WIDTH)
        terminal.write(rendered(_table(records), width, terminal._tw.hasmarkup))
        terminal.write_line(_legend(suite, trained, records))
        for status in ("INCONCLUSIVE", "UNGATED"):
            _write_reasons(terminal, status, records)
    if filmed := list(_records(terminal, "sdvbench.realtime")):
        terminal.section("behind a camera")
        terminal.write_line(realtime_text(filmed, terminal._tw.fullwidth, terminal._tw.hasmarkup))
    _write_gaps(terminal)


def _records(terminal: Any, kind: str = "sdvbench") -> Iterable[Record]:
    for reports in terminal.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                yield from (r for name, r in report.user_properties if name == kind)


def _table(records: list[Record]) -> Table:
    cells: dict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        cells[record["cell"]][record["metric"]] = record
    metrics = {record["metric"] for record in records}
    columns = {head: c for head, c in COLUMNS.items() if c[0] in metrics}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cell", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("against baseline", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for cell, found in cells.items():
        values = [_value(found.get(m), name, form) for m, name, form in columns.values()]
        status = min((r["status"] for r in found.values()), key=list(STATUSES).index)
        changes = [f"{metric[:3]} {r['change']}" for metric, r in found.items() if r["change"]]
        table.add_row(
            cell, *values, ", ".join(changes) or "-", Text(status, style=STATUSES[status])
        )
    return table


def _value(record: Record | None, name: str, form: str) -> str:
    return form.format(record["shown"][name]) if record else "-"


def _legend(suite: Suite, trained: Suite, records: list[Record]) -> str:
    sizes = ", ".join(map(str, sorted({r["imgsz"] for r in records})))
    lines = ["", f"hardware class {suite.hardware.name}; image size {sizes}"]
    if any(r["metric"] in ("latency", "throughput") for r in records):
        lines.append(
            f"speed-up: over the anchor {suite.anchor_cell}, timed in turn with each cell; "
            "against baseline: + is worse"
        )
        if suite.control:
            found = suite.control
            told = found.reason if found.ratio is None else f"one takes {found.reason}"
            lines.append(f"control, two anchors built alike: {told}: {found.status}")
    if gap := unwatched(suite.settings.device):
        lines.append(gap)
    if any(r["metric"] == "latency" for r in records):
        lines.append("p99: of fewer than 100 rounds it is about the longest call")
    if any(r["metric"] == "agreement" for r in records):
        lines.append(
            "off: mean difference of raw outputs from PyTorch fp32 of the same model; error: the "
            "same as a share of that between two images"
        )
    if any(r["metric"] in ("map_drop", "pruning_drop") for r in records):
        lines.append(
            f"mAP: mAP50-95 on {trained.dataset.identity}; drop: from PyTorch fp32 of the same "
            "pruned model; below unpruned: from that of the unpruned one"
        )
    return "\n".join(lines)


def _write_reasons(terminal: Any, status: str, records: list[Record]) -> None:
    """Whom it concerns, and why; equal reasons once."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record["status"] == status:
            reasons[record["reason"]].append(f"{record['cell']} {record['metric']}")
    for reason, names in reasons.items():
        terminal.write_line(f"{status} {_first_of(names)}: {reason}", yellow=True)


def _write_gaps(terminal: Any) -> None:
    """What was skipped and how to enable it, once a reason instead of once a test."""
    gaps: dict[str, list[str]] = defaultdict(list)
    for report in terminal.stats.get("skipped", ()):
        if isinstance(report.longrepr, tuple) and "[" in report.nodeid:
            reason = report.longrepr[2].removeprefix("Skipped: ")
            gaps[reason].append(report.nodeid.rpartition("[")[2].rstrip("]"))
    for reason, ids in gaps.items():
        terminal.write_line(f"SKIPPED {_first_of(list(dict.fromkeys(ids)))}: {reason}")


def _first_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
