"""Pictures of the real-time section: misses and accuracy over the rate of the camera."""

from collections.abc import Mapping, Sequence
from typing import Any

from sdvbench.cells import Cell
from sdvbench.realtime.record import Record
from sdvbench.realtime.table import origin
from sdvbench.report.series import line_legend, panels_of, series_of
from sdvbench.report.svg import SMALL_TEXT, drawing, stacked, svg

PANEL_IN = 1.5


def _filmed(records: Sequence[Record]) -> list[Record]:
    """Without what was replayed where the same was filmed, too."""

    def key(record: Record) -> tuple[str, float, str]:
        return record.cell, record.rate_hz, record.policy

    known = {key(record) for record in records if record.replayed_from_hz is None}
    return [r for r in records if r.replayed_from_hz is None or key(r) not in known]


def traces(records: Sequence[Record]) -> Mapping[tuple[float, str, str], list[Any]]:
    """By rate, policy and origin: cells with their latencies in milliseconds, and the deadline;
    of a film where there is one.
    """
    found: dict[tuple[float, str, str], list[Any]] = {}
    for record in _filmed(records):
        if record.latencies_ms:
            told = (Cell.parse(record.cell), record.latencies_ms, record.deadline_ms)
            key = (record.rate_hz, record.policy, origin(record))
            found.setdefault(key, []).append(told)
    return dict(sorted(found.items()))


def accuracy_by_rate(records: Sequence[Record], name: str) -> str | None:
    """An <svg>: streaming accuracy, and RTIA dashed, over the camera's rate; None without any."""
    lines = [
        (record, line, value)
        for key, line in (("sap", "solid"), ("rtia", "dashed"))
        for record in records
        if (value := getattr(record, key)) is not None
    ]
    names = {"solid": "sAP", "dashed": "RTIA"}
    figures = " or ".join(dict.fromkeys(record.figure for record, _, _ in lines))
    return _over_rate(lines, figures, "Streaming accuracy over the rate", name, names)


def misses_by_rate(records: Sequence[Record], name: str) -> str | None:
    """An <svg>: the share of frames that missed their deadline, over the camera's rate; of a film
    where there is one.
    """
    lines = [(record, "solid", 100 * record.miss_rate[0]) for record in _filmed(records)]
    return _over_rate(lines, "missed, %", "Deadlines missed over the camera's rate", name, {})


def _over_rate(
    lines: Sequence[tuple[Record, str, float]], unit: str, title: str, name: str, names: Any
) -> str | None:
    """lines: records with the style of the line that each is on, and its value."""
    if not lines:
        return None
    groups = panels_of(Cell.parse(record.cell) for record, _, _ in lines)
    series = series_of(cell for members in groups.values() for cell in members)
    with drawing(1.1 + PANEL_IN * len(groups), "none") as figure:
        panels = stacked(figure, len(groups), sharey=True)
        for axes, (group, members) in zip(panels, groups.items(), strict=True):
            for cell in members:
                _draw(axes, [one for one in lines if one[0].cell == str(cell)], series)
            axes.set_title(group, loc="left", fontsize=SMALL_TEXT, pad=3)
            axes.grid()
        panels[-1].set_ylim(bottom=0)  # once all of them have told what they need
        panels[-1].set_xticks(sorted({record.rate_hz for record, _, _ in lines}))
        panels[-1].set_xlabel("camera, Hz")
        figure.supylabel(unit, fontsize=12, x=0.02)
        line_legend(figure, series.values(), **names)
        told = f"{len(groups)} panels, a panel a workflow and precision, a line a pruning."
        return svg(figure, title, told, name)


def _draw(axes: Any, lines: Sequence[tuple[Record, str, float]], series: Any) -> None:
    """Those of one cell; where the same was measured twice, by policies say, a line each."""
    kinds: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for record, line, value in lines:
        kind = (line, record.policy, origin(record))
        kinds.setdefault(kind, []).append((record.rate_hz, value))
    look = series[Cell.parse(lines[0][0].cell).pruning]
    for (line, _, _), points in kinds.items():
        style = {"color": look.colour, "marker": look.marker, "markersize": 5, "linewidth": 1.4}
        axes.plot(*zip(*sorted(points), strict=True), linestyle=line, **style)
