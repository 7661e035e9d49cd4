"""Bars of one figure by workflow and precision, as the paper's Figures 6 to 9 have them."""

from collections.abc import Sequence

from sdvbench.metrics.base import Chart, Metric, Value
from sdvbench.report.rows import Row
from sdvbench.report.series import bar_legend, series_of
from sdvbench.report.svg import SMALL_TEXT, drawing, svg

BAR_IN = 0.19


def bars(rows: Sequence[Row], metric: Metric, value: Value, chart: Chart, name: str) -> str | None:
    """An <svg> of ``value`` of ``metric``: a bar a row of one model and batch, a colour a pruning;
    None without any value.

    Long and narrow, so that a phone shows it at its own size.
    """
    found = [(row, row.value(metric.id, value.shown)) for row in rows]
    known = [(row, number) for row, number in found if number is not None]
    if not known:
        return None
    series = series_of(row.cell for row, _ in known)
    groups: dict[str, list[tuple[Row, float]]] = {}
    for row, number in known:
        groups.setdefault(f"{row.cell.workflow} {row.cell.precision}", []).append((row, number))
    most = max(number for _, number in known)
    with drawing(1.0 + BAR_IN * (len(known) + 0.9 * len(groups))) as figure:
        axes = figure.subplots()
        place, ticks = 0.0, []
        for group in groups.values():
            ticks.append(place + (len(group) - 1) / 2)
            for row, number in group:
                look = series[row.cell.pruning]
                axes.barh(place, number, 0.86, color=look.bar)
                label = f"{number:.3g}" if number < 1000 else f"{number:.0f}"
                axes.text(number + 0.012 * most, place, label, va="center", fontsize=SMALL_TEXT)
                place += 1
            place += 0.9
        axes.set_yticks(ticks, list(groups))
        axes.set_ylim(place - 1.2, -0.7)
        axes.set_xlim(0, 1.16 * most)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(chart.axis)
        axes.grid(axis="x")
        bar_legend(figure, series.values())
        best = min(known, key=lambda pair: value.cost(pair[1]))
        told = f"{len(known)} bars; the best is {best[0].cell} with {best[1]:.4g} {chart.axis}."
        return svg(figure, chart.title, told, name)
