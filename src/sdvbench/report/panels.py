"""Small panels of lines over time, one a workflow and precision, a line a pruning."""

from collections.abc import Sequence

from sdvbench.cells import Cell
from sdvbench.report.series import line_legend, panels_of, series_of
from sdvbench.report.svg import FAINT, SMALL_TEXT, drawing, stacked, svg, thinned

MOST_POINTS = 120  # drawn of one trace
PANEL_IN = 1.15

Times = Sequence[float | None]  # milliseconds; None where there was no result


def panels(
    traces: Sequence[tuple[Cell, Times]],
    axis: str,
    title: str,
    name: str,
    limit_ms: float | None = None,
) -> str:
    """An <svg> of ``traces``, milliseconds by call, one below the other. axis: what is counted
    rightwards. limit_ms: a line that times should stay below.
    """
    by_cell = dict(traces)
    groups, series = panels_of(by_cell), series_of(by_cell)
    with drawing(1.1 + PANEL_IN * len(groups), "none") as figure:
        rows = stacked(figure, len(groups))
        for axes, (group, members) in zip(rows, groups.items(), strict=True):
            for cell in members:
                heard = [(n, time) for n, time in enumerate(by_cell[cell]) if time is not None]
                kept, values = thinned([time for _, time in heard], MOST_POINTS)
                places = [heard[n][0] for n in kept]
                look = series[cell.pruning]
                axes.plot(
                    *(places, values),
                    color=look.colour,
                    linewidth=0.9,
                    marker=look.marker,
                    markevery=(len(values) // 8, max(len(values) // 4, 1)),
                    markersize=4,
                )
            if limit_ms is not None:
                axes.axhline(limit_ms, color=FAINT, linestyle="--", linewidth=1)
            axes.set_title(group, loc="left", fontsize=SMALL_TEXT, pad=3)
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
        rows[-1].set_xlabel(axis)
        figure.supylabel("ms", fontsize=12, x=0.02)
        line_legend(figure, series.values(), **({} if limit_ms is None else {"dashed": "deadline"}))
        told = f"{len(traces)} traces in {len(groups)} panels, a panel a workflow and precision."
        return svg(figure, title, told, name)


def caption(traces: Sequence[tuple[Cell, Times]]) -> str:
    """Says so where traces are thinned."""
    longest = max((len(times) for _, times in traces), default=0)
    if longest <= MOST_POINTS:
        return "Every round is drawn."
    return (
        f"Traces are thinned to {MOST_POINTS} points of up to {longest}: the least and the largest "
        "of each stretch, so that every spike is there."
    )
