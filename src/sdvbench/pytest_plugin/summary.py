"""The table at the end of a run: a line a cell, then what needs somebody's attention."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from rich.table import Table
from rich.text import Text

from sdvbench.cells import Cell
from sdvbench.claims.record import ClaimRecord
from sdvbench.claims.table import by_study, claims_on_terminal
from sdvbench.closed_loop.record import KIND as DRIVE
from sdvbench.closed_loop.record import Drives
from sdvbench.gate.figures import Judged
from sdvbench.measurement.gpu_watch import unwatched
from sdvbench.measurement.roofline import Roofline
from sdvbench.metrics import legend
from sdvbench.pytest_plugin.driving_summary import drives_text
from sdvbench.pytest_plugin.realtime_summary import realtime_text
from sdvbench.pytest_plugin.roofs import KIND as ROOF
from sdvbench.pytest_plugin.roofs import legend as roofs_legend
from sdvbench.realtime.record import KIND as REALTIME
from sdvbench.realtime.record import Record
from sdvbench.report.rows import columns_of, rows_of
from sdvbench.report.verdicts import reasons
from sdvbench.session.data_lines import data_lines
from sdvbench.session.suite import Suite
from sdvbench.tables import first_of, natural_width, rendered

STYLES = {"FAIL": "bold red", "INCONCLUSIVE": "yellow", "UNGATED": "yellow", "PASS": "green"}
CLAIMS_WIDTH = 165  # below which reasons would be read word by word

T = TypeVar("T")


def write_summary(terminal: Any, suite: Suite, trained: Suite) -> None:
    """Write the table and the reasons to pytest's terminal reporter."""
    records = list(records_of(terminal, "sdvbench", Judged))
    if records:
        terminal.section("sdvbench")
        roofs = list(records_of(terminal, ROOF, Roofline))
        table = _table(records, roofs)
        width = max(terminal._tw.fullwidth, natural_width(table))  # no figure is ever cut off
        terminal.write(rendered(table, width, terminal._tw.hasmarkup))
        terminal.write_line(_legend(suite, trained, records))
        for line in roofs_legend(roofs, suite.no_roof):
            terminal.write_line(line)
        _write_data(terminal, (suite, trained), records)
        for status in ("INCONCLUSIVE", "UNGATED"):
            _write_reasons(terminal, status, records)
    if filmed := list(records_of(terminal, REALTIME, Record)):
        terminal.section("behind a camera")
        terminal.write_line(realtime_text(filmed, terminal._tw.fullwidth, terminal._tw.hasmarkup))
    if driven := list(records_of(terminal, DRIVE, Drives)):
        terminal.section("in the simulator")
        terminal.write_line(drives_text(driven, terminal._tw.fullwidth, terminal._tw.hasmarkup))
    _write_claims(terminal)
    _write_gaps(terminal)


def _write_data(terminal: Any, suites: Iterable[Suite], records: list[Judged]) -> None:
    for name, lines in data_lines(dict.fromkeys(suites), cells_of(records)).items():
        terminal.write_line(f"{name}: {lines[0]}")
        for line in lines[1:]:
            terminal.write_line(f"  {line}")


def cells_of(records: Iterable[Judged]) -> list[Cell]:
    """The cells that ``records`` are of, each once."""
    return [Cell.parse(name) for name in dict.fromkeys(r.cell for r in records)]


def records_of(terminal: Any, kind: str, record: type[T]) -> Iterator[T]:
    """What the tests of the run told, of one kind, as a ``record``."""
    for reports in terminal.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                told = (r for name, r in report.user_properties if name == kind)
                yield from (msgspec.convert(one, record) for one in told)


def _table(records: list[Judged], roofs: list[Roofline]) -> Table:
    rows = rows_of(records, roofs)
    columns = columns_of(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cell", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("against baseline", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        verdict = Text(row.status, style=STYLES[row.status])
        table.add_row(str(row.cell), *row.texts(columns), row.changes or "-", verdict)
    return table


def _legend(suite: Suite, trained: Suite, records: list[Judged]) -> str:
    sizes = ", ".join(sorted({str(r.imgsz) for r in records if r.imgsz}))
    sizes = f"; image size {sizes}" if sizes else ""
    lines = ["", f"hardware class {suite.hardware.name}{sizes}"]
    lines += legend(
        (record.metric for record in records),
        anchor=lambda: _anchors(suite),
        data=lambda: trained.dataset.identity,
    )
    if any(record.change for record in records):
        lines.append("against baseline: + is worse")
    if suite.control:
        found = suite.control
        told = found.reason if found.ratio is None else f"one takes {found.reason}"
        lines.append(f"control, two anchors built alike: {told}: {found.status}")
    if gap := unwatched(suite.settings.device):
        lines.append(gap)
    return "\n".join(lines)


def _anchors(suite: Suite) -> str:
    models = [model for model in suite.settings.model if not suite.anchor_gap(model)]
    names = dict.fromkeys(str(suite.anchor_of(model)) for model in models)
    return f" {' or '.join(names)}"


def _write_claims(terminal: Any) -> None:
    if found := list(records_of(terminal, "sdvbench.claim", ClaimRecord)):
        terminal.section("the studies' claims")
        width = max(terminal._tw.fullwidth, CLAIMS_WIDTH)
        for study, claims in by_study(found).items():
            terminal.write_line(study)
            terminal.write(rendered(claims_on_terminal(claims), width, terminal._tw.hasmarkup))
            terminal.write_line(f"the study's figures are from {claims[0].hardware}")


def _write_reasons(terminal: Any, status: str, records: list[Judged]) -> None:
    for reason in reasons(records, status):
        terminal.write_line(f"{status} {reason.whom}: {reason.text}", yellow=True)


def _write_gaps(terminal: Any) -> None:
    for reason, ids in gaps(terminal.stats.get("skipped", ())).items():
        terminal.write_line(f"SKIPPED {first_of(ids)}: {reason}")


def gaps(skipped: Iterable[Any]) -> dict[str, list[str]]:
    """What was skipped and how to enable it: cells by reason, from pytest's reports."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for report in skipped:
        if isinstance(report.longrepr, tuple) and "[" in report.nodeid:
            reason = report.longrepr[2].removeprefix("Skipped: ")
            found[reason][report.nodeid.rpartition("[")[2].rstrip("]")] = None
    return {reason: list(ids) for reason, ids in found.items()}
