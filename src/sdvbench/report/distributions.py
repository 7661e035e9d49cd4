"""How latencies spread: a box a cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sdvbench.report.rows import Row
from sdvbench.report.run import Rounds
from sdvbench.report.series import bar_legend, series_of
from sdvbench.report.svg import INK, SMALL_TEXT, drawing, spread_out, svg

BOX_IN = 0.21
OUTLIERS = 4  # the slowest rounds that are drawn of each cell
CAPTION = (
    "Box: the middle half of the rounds, with the median. Whiskers: from the fastest to the 99th "
    f"percentile. Crosses: the slowest rounds beyond it, at most {OUTLIERS} a cell."
)


def distributions(rows: Sequence[Row], traces: Mapping[str, Rounds], name: str) -> str | None:
    """An <svg>; None where no row has a trace of its latency."""
    found = [(row, traces[key].call_ms) for row in rows if (key := f"{row.cell} latency") in traces]
    if not found:
        return None
    series = series_of(row.cell for row, _ in found)
    with drawing(1.0 + BOX_IN * len(found)) as figure:
        axes = figure.subplots()
        boxes = [_box(times) for _, times in found]
        places = range(len(found))
        drawn = axes.bxp(
            boxes,
            positions=places,
            orientation="horizontal",
            widths=0.72,
            patch_artist=True,
            manage_ticks=False,
            medianprops={"color": INK, "linewidth": 1.4},
            whiskerprops={"color": INK, "linewidth": 0.7},
            capprops={"color": INK, "linewidth": 0.7},
            flierprops={"marker": "x", "markersize": 3.5, "markeredgecolor": INK},
        )
        for (row, _), patch in zip(found, drawn["boxes"], strict=True):
            look = series[row.cell.pruning]
            patch.set(facecolor=look.bar, edgecolor=INK, linewidth=0.6)
        axes.set_yticks(places, [_label(row) for row, _ in found], fontsize=SMALL_TEXT)
        axes.set_ylim(len(found) - 0.4, -0.6)
        spread_out(axes, [box["med"] for box in boxes])
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("latency, ms a call")
        axes.grid(axis="x")
        bar_legend(figure, series.values())
        told = f"{len(found)} cells; their medians are in the table of cells."
        return svg(figure, "Distributions of latency", told, name)


def _label(row: Row) -> str:
    cell = row.cell
    return f"{cell.pruning} {cell.workflow} {cell.precision}"


def _box(times: Sequence[float]) -> dict[str, Any]:
    low, q1, median, q3, high = np.percentile(times, (0, 25, 50, 75, 99))
    beyond = sorted(time for time in times if time > high)[-OUTLIERS:]
    return {"whislo": low, "q1": q1, "med": median, "q3": q3, "whishi": high, "fliers": beyond}
