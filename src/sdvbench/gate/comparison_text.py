"""Comparisons for people and for machines."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rich.table import Table
from rich.text import Text

from sdvbench.gate.comparison import Row, differences
from sdvbench.gate.comparison_scores import Change
from sdvbench.gate.results import Result, Results
from sdvbench.gate.series import MIN_RUNS, change_points, gaps, in_order, series
from sdvbench.gate.verdict import Status
from sdvbench.tables import markdown, rendered

FORMATS = ("text", "markdown", "json")
OTHER_TIMES = (
    "seconds of two runs are compared: a machine that has become slower meanwhile looks like a "
    "regression"
)
HEADS = ("figure", "old", "new", "ratio", "95 % interval", "verdict")
CHANGE_HEADS = ("accuracy, driving", "old", "new", "change", "95 % interval", "verdict")
TWO_ONLY = "accuracy and driving are compared between two runs only: name two files"


def comparison(
    old: Results, new: Results, rows: Sequence[Row], changes: Sequence[Change], form: str
) -> str:
    """changes: of accuracy and driving. form: one of FORMATS."""
    told = differences(old, new)
    if any(row.new and row.new.unit == "s" for row in rows):
        told.append(OTHER_TIMES)
    if form == "json":
        figures = [_row_dict(row) for row in rows]
        by_limits = [_change_dict(change) for change in changes]
        found = {"differences": told, "figures": figures, "changes": by_limits}
        return _json({**_files((old, new)), **found})
    lines = [f"{_title(old)} -> {_title(new)}", *told, ""]
    cells = [(row.name, *_figures(row), row.verdict.status.value) for row in rows]
    lines += [_table(HEADS, cells, form)] if rows else []
    limited = [
        (c.name, c.old, c.new, c.change, c.interval, c.verdict.status.value) for c in changes
    ]
    lines += [_table(CHANGE_HEADS, limited, form)] if changes else []
    judged = [(row.name, row.verdict) for row in rows]
    for name, verdict in judged + [(change.name, change.verdict) for change in changes]:
        if verdict.status is not Status.PASS:
            lines.append(f"{verdict.status} {name}: {verdict.reason}")
    return "\n".join(lines)


def history(runs: Sequence[Results], form: str) -> str:
    """form: one of FORMATS. Runs in any order: their dates decide."""
    runs, order = in_order(runs)
    between = [line for old, new in pairwise(runs) for line in _between(old, new)]
    found = {name: (values, change_points(values)) for name, values in series(runs).items()}
    if form == "json":
        figures = {
            name: {"values": values, "changes": [str(runs[at].file) for at in changes]}
            for name, (values, changes) in found.items()
        }
        unusable = {str(run.file): dict(run.unusable) for run in runs if run.unusable}
        told = {"order": order, "differences": between, "gaps": gaps(runs)}
        return _json({**_files(runs), **told, "figures": figures, "unusable": unusable})
    lines = [order] if order else []
    lines += [f"{number}: {_title(run)}" for number, run in enumerate(runs, 1)]
    lines += between
    heads = ("figure", *map(str, range(1, len(runs) + 1)), "changes at")
    cells = [
        (name, *(_number(v) for v in values), ", ".join(_change(values, at) for at in changes))
        for name, (values, changes) in found.items()
    ]
    lines += ["", _table(heads, cells, form)]
    lines += [f"{count} shown as -: {why}" for why, count in gaps(runs).items()]
    for run in runs:
        for name, why in run.unusable.items():
            lines.append(f"{name} could not be used: {run.file}: {why}")
    lines += [TWO_ONLY] if any(run.scores for run in runs) else []
    if len(runs) < MIN_RUNS:
        lines.append(f"changes are looked for in {MIN_RUNS} runs or more")
    return "\n".join(lines)


def _title(run: Results) -> str:
    date = f"{run.time:%Y-%m-%d %H:%M} UTC" if run.time else run.date[:40]
    title = f"{run.file} ({date}, commit {run.commit}, {run.hardware})"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in title)


def _files(runs: Sequence[Results]) -> dict[str, list[str]]:
    return {"runs": [str(run.file) for run in runs], "dates": [run.date for run in runs]}


def _between(old: Results, new: Results) -> list[str]:
    return [f"{old.file} -> {new.file}: {line}" for line in differences(old, new)]


def _change(values: Sequence[float | None], at: int) -> str:
    before = [v for v in values[:at] if v is not None][-1]
    return f"{at + 1} ({100 * ((values[at] or before) / before - 1):+.1f} %)"


def _figures(row: Row) -> tuple[str, str, str, str]:
    ratio, interval = row.verdict.ratio, row.verdict.interval
    return (
        _result(row.old),
        _result(row.new),
        "-" if ratio is None else f"{ratio:.3f}",
        "-" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}",
    )


def _result(result: Result | None) -> str:
    return "-" if result is None else f"{_number(result.cost.value)} {result.unit}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _row_dict(row: Row) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "figure": row.name,
        "old": row.old and row.old.cost.value,
        "new": row.new and row.new.cost.value,
        "ratio": verdict.ratio,
        "interval": verdict.interval,
        "tier": verdict.tier,
        "status": verdict.status,
        "reason": verdict.reason,
    }


def _change_dict(change: Change) -> dict[str, Any]:
    verdict = change.verdict
    own = {"figure": change.name, "old": change.old, "new": change.new, "change": change.change}
    return {**own, "interval": change.interval, "status": verdict.status, "reason": verdict.reason}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], form: str) -> str:
    if form == "markdown":
        return markdown(heads, rows)
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=True, justify="left" if head == heads[0] else "right")
    for row in rows:
        table.add_row(*map(Text, row))  # names of tests hold brackets, which would be markup
    return rendered(table, max(100, 20 * len(heads) + 60))
