"""What each engine loses of an accuracy: a bar a cell, to the left where it gains."""

from collections.abc import Sequence

from sdvbench.metrics.base import Metric
from sdvbench.report.rows import Row
from sdvbench.report.series import bar_legend, series_of
from sdvbench.report.svg import FAINT, SMALL_TEXT, drawing, svg

BAR_IN = 0.19
REFERENCE = ("Wd", "fp32")  # loses nothing against itself
LEAST_SPAN = 1e-3  # points; less is drawn as if it were so much
CAPTION = (
    "Points of {} lost against the fp32 reference of the same model: shorter is better, and a bar "
    "to the left is a gain."
)
GROWTH = (
    "Share by which the {} is larger than that of the fp32 reference of the same model: shorter is "
    "better, and a bar to the left is a gain."
)


def losses(rows: Sequence[Row], metric: Metric, name: str) -> str | None:
    """An <svg> of rows of one model and batch; None where none but references has a loss."""
    found = [(row, row.value(metric.id, metric.loss)) for row in rows]
    known = [
        (row, lost)
        for row, lost in found
        if lost is not None and (row.cell.workflow, row.cell.precision) != REFERENCE
    ]
    if not known:
        return None
    series = series_of(row.cell for row, _ in known)
    groups: dict[str, list[tuple[Row, float]]] = {}
    for row, lost in known:
        groups.setdefault(f"{row.cell.workflow} {row.cell.precision}", []).append((row, lost))
    values = [lost for _, lost in known]
    left, right = min(0.0, *values), max(0.0, *values)
    span = max(right - left, LEAST_SPAN)
    with drawing(1.0 + BAR_IN * (len(known) + 0.9 * len(groups))) as figure:
        axes = figure.subplots()
        place, ticks = 0.0, []
        for group in groups.values():
            ticks.append(place + (len(group) - 1) / 2)
            for row, lost in group:
                axes.barh(place, lost, 0.86, color=series[row.cell.pruning].bar)
                axes.text(
                    *(max(lost, 0.0) + 0.015 * span, place, f"{round(lost, 4) + 0.0:+.4f}"),
                    va="center",
                    fontsize=SMALL_TEXT,
                )
                place += 1
            place += 0.9
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.set_yticks(ticks, list(groups))
        axes.set_ylim(place - 1.2, -0.7)
        axes.set_xlim(left - 0.03 * span, right + 0.24 * span)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"loss of {metric.title}")
        axes.grid(axis="x")
        axes.locator_params(axis="x", nbins=6)
        bar_legend(figure, series.values())
        worst = max(known, key=lambda pair: pair[1])
        told = f"{len(known)} bars; the largest loss is {worst[0].cell}'s with {worst[1]:.4f}."
        return svg(figure, f"Loss of {metric.title} against fp32", told, name)
