"""Deviation over latency, for people: a picture, and a table a curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench import tables
from sdvbench.closed_loop.delays import Curve, outcome
from sdvbench.report.html import page
from sdvbench.report.svg import MARKERS, PAPER, SERIES, SMALL_TEXT, drawing, stacked, svg
from sdvbench.report.writing import check, save

HEADS = ("latency ms", "arrived", "mean deviation m", "95 %", "largest m")
TITLE = "Deviation over latency"
ABOUT = (
    "Each decision takes effect after the latency, and the next image is taken once it is there. "
    "The mean is of each trip's mean distance to the lane's centre, in which road that was not "
    "driven counts as the lane's half width; the largest is of all trips, while they lasted."
)
CAPTION = (
    "Bars: 95 % intervals over trips. A dashed line is the least latency at which a trip does not "
    "arrive, to 5 ms or a step of the simulator's clock; hollow marks: not every trip arrived."
)


@dataclass(frozen=True)
class Named:
    """driver: for people. simulator: its identity."""

    driver: str
    simulator: str
    curve: Curve

    @property
    def title(self) -> str:
        return f"{self.driver} in {self.simulator}"


def write(found: Sequence[Named], file: Path) -> None:
    """``found`` as an HTML page, or as Markdown without a picture. Raises ReportError."""
    check(file)
    save(file, html(found) if file.suffix == ".html" else markdown(found))


def markdown(found: Sequence[Named]) -> str:
    parts = [
        f"### {one.title}\n\n{tables.markdown(HEADS, rows(one.curve))}\n{outcome(one.curve)}\n"
        for one in found
    ]
    return "\n".join([f"## {TITLE}\n", f"{ABOUT}\n", *parts])


def html(found: Sequence[Named]) -> str:
    told = [(one.title, rows(one.curve), outcome(one.curve)) for one in found]
    return page(
        "delays.html",
        title=TITLE,
        about=ABOUT,
        picture=picture(found, "delays"),
        caption=CAPTION,
        heads=HEADS,
        curves=told,
    )


def rows(curve: Curve) -> list[list[str]]:
    """Texts, in order of latency."""
    lines = []
    for point in curve.points:
        middle, low, high = point.deviation_m
        lines.append(
            [
                f"{1e3 * point.latency_s:.0f}",
                f"{point.arrived} of {len(point.trips)}",
                f"{middle:.3f}",
                f"{low:.3f} to {high:.3f}",
                f"{point.furthest_m:.2f}",
            ]
        )
    return lines


def picture(found: Sequence[Named], name: str) -> str:
    """An <svg>: mean and largest deviation of each curve over the latency."""
    with drawing(4.6 + 0.22 * len(found), "none") as figure:
        panels = stacked(figure, 2)
        top_in = 0.15 + 0.22 * len(found)  # for the legend, which has a line for each curve
        figure.subplots_adjust(top=1 - top_in / figure.get_size_inches()[1], hspace=0.12)
        for number, one in enumerate(found):
            _draw(panels, one, number)
        for axes, label in zip(panels, ("mean, m", "largest, m"), strict=True):
            axes.set_ylabel(label)
            axes.set_ylim(bottom=0)
            axes.grid()
        panels[-1].set_xlabel("latency of a decision, ms")
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="upper left", fontsize=SMALL_TEXT, ncols=1
        )
        told = "; ".join(f"{one.title}: {outcome(one.curve)}" for one in found)
        return svg(figure, TITLE, told, name)


def _draw(panels: Any, one: Named, number: int) -> None:
    colour, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
    points = one.curve.points
    at_ms = [1e3 * point.latency_s for point in points]
    lost = [place for place, point in enumerate(points) if not point.all_arrived]
    means = [point.deviation_m for point in points]
    failing_ms = 1e3 * one.curve.failing_s if one.curve.failing_s else None
    drawn = ([middle for middle, _, _ in means], [point.furthest_m for point in points])
    for axes, values in zip(panels, drawn, strict=True):
        axes.plot(at_ms, values, color=colour, marker=marker, markersize=5, label=one.title)
        axes.plot(
            [at_ms[place] for place in lost],
            [values[place] for place in lost],
            **{"color": colour, "marker": marker, "linestyle": "", "markersize": 5},
            markerfacecolor=PAPER,
            zorder=3,
        )
        if failing_ms is not None:
            axes.axvline(failing_ms, color=colour, linestyle="--", linewidth=1)
    if failing_ms is not None:  # in the legend it would not fit beside a simulator's name
        in_panel = panels[0].get_xaxis_transform()
        panels[0].text(
            failing_ms,
            0.97 - 0.1 * number,
            f"{failing_ms:.0f} ms ",
            transform=in_panel,
            color=colour,
            fontsize=SMALL_TEXT,
            ha="right",
            va="top",
        )
    ends = [[middle - low, high - middle] for middle, low, high in means]
    below, above = zip(*ends, strict=True)
    panels[0].errorbar(at_ms, drawn[0], (below, above), fmt="none", ecolor=colour, linewidth=0.7)
