"""Latency against accuracy and memory: a point a cell, and the front that nothing beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sdvbench.metrics import declared, values
from sdvbench.metrics.base import Value
from sdvbench.report.pareto import front
from sdvbench.report.rows import Row
from sdvbench.report.series import line_legend, series_of
from sdvbench.report.svg import FAINT, INK, PAPER, SMALL_TEXT, drawing, spread_out, svg

LATENCY, MEMORY = "latency_ms", "memory_mb"
WHAT = {LATENCY: "latency", MEMORY: "memory"}  # and what networks are scored by: "accuracy"
SMALL, LARGE = 40.0, 220.0  # areas of the points of the least and the most memory


@dataclass(frozen=True)
class TradeOff:
    """best: rows on the front, the fastest first; the picture numbers them so. what: of figures
    the front is of, for people. accuracy: what these networks are scored by, None where no row has
    that.
    """

    picture: str
    best: Sequence[Row]
    what: str
    accuracy: Value | None
    left_out: int


def trade_off(rows: Sequence[Row], name: str) -> TradeOff | None:
    """Of rows of one model that have a latency and an accuracy; where none has, of latency and
    memory. None without two of those."""
    accuracy = _accuracy(rows)
    scored = ((LATENCY, accuracy.name, MEMORY), (LATENCY, accuracy.name)) if accuracy else ()
    for wanted in (*scored, (LATENCY, MEMORY)):
        points = [row for row in rows if all(row.declared(w) is not None for w in wanted)]
        if points:
            return _drawn(points, wanted, accuracy, name, len(rows) - len(points))
    return None


def _accuracy(rows: Sequence[Row]) -> Value | None:
    """What the networks are scored by, such as mAP50-95; None where no row has a score."""
    scores = (metric.values[0] for metric in declared().values() if metric.scores and metric.loss)
    return next((v for v in scores if any(r.declared(v.name) is not None for r in rows)), None)


def _drawn(
    points: Sequence[Row], wanted: Sequence[str], accuracy: Value | None, name: str, left_out: int
) -> TradeOff:
    costs = [[_cost(row, w) for w in wanted] for row in points]
    best = sorted((points[place] for place in front(costs)), key=lambda r: r.latency_ms or 0)
    upright = wanted[1]
    sizes = _sizes(points)
    series = series_of(row.cell for row in points)
    with drawing(4.3) as figure:
        axes = figure.subplots()
        for row, size in zip(points, sizes, strict=True):
            look = series[row.cell.pruning]
            on = row in best
            axes.scatter(
                *(row.latency_ms, row.declared(upright)),
                s=size,
                color=look.colour,
                marker=look.marker,
                edgecolor=INK if on else PAPER,
                linewidth=1.3 if on else 0.5,
                alpha=1.0 if on else 0.55,
                zorder=3 if on else 2,
            )
        _draw_front(axes, points, upright)
        for number, row in enumerate(best, 1):
            axes.annotate(
                str(number),
                (row.latency_ms, row.declared(upright)),
                (5, 5) if number % 2 else (5, -13),
                textcoords="offset points",
                fontsize=SMALL_TEXT,
                fontweight="bold",
            )
        axes.set_xlabel("median latency, ms a call")
        shown = values()[upright]
        axes.set_ylabel(", ".join(filter(None, (shown.title, shown.unit.strip()))))
        axes.grid()
        axes.margins(0.1, 0.12)
        spread_out(axes, [row.latency_ms or 0.0 for row in points])
        line_legend(figure, series.values(), line="")
        *first, last = (WHAT.get(w, "accuracy") for w in wanted)
        what = f"{', '.join(first)} and {last}"
        told = f"{len(points)} cells, of which {len(best)} are on the front of {what}."
        picture = svg(figure, f"Trade-off of {what}", told, name)
    return TradeOff(picture, best, what, accuracy, left_out)


def _cost(row: Row, wanted: str) -> float:
    value = row.declared(wanted)
    assert value is not None
    return values()[wanted].cost(value)


def _sizes(points: Sequence[Row]) -> list[float]:
    """Areas, in proportion to memory between the least and the most of the run."""
    known = [row.memory_mb for row in points if row.memory_mb is not None]
    if len(known) < len(points):
        return [60.0] * len(points)
    low, span = min(known), max(known) - min(known)
    return [SMALL + (LARGE - SMALL) * (m - low) / span if span else 60.0 for m in known]


def _draw_front(axes: Any, points: Sequence[Row], upright: str) -> None:
    """The stairs of the two figures that the axes show."""
    flat = [[_cost(row, LATENCY), _cost(row, upright)] for row in points]
    stairs = sorted(
        (points[place].latency_ms or 0.0, points[place].declared(upright)) for place in front(flat)
    )
    if len(stairs) > 1:
        axes.plot(*zip(*stairs, strict=True), color=FAINT, drawstyle="steps-post", zorder=1)
