"""What a figure tells apart by colour: prunings, each with its hatch and marker."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sdvbench.cells import Cell
from sdvbench.report.svg import BARS, INK, MARKERS, SERIES


@dataclass(frozen=True)
class Series:
    """bar: the colour with a pattern, since colour alone tells nothing apart; marker: of points."""

    name: str
    colour: str
    bar: str
    marker: str


def series_of(cells: Iterable[Cell]) -> dict[str, Series]:
    """By pruning, in the order in which they come."""
    names = dict.fromkeys(cell.pruning for cell in cells)
    looks = [
        (SERIES[n % len(SERIES)], BARS[n % len(BARS)], MARKERS[n % len(MARKERS)])
        for n in range(len(names))
    ]
    return {name: Series(name, *look) for name, look in zip(names, looks, strict=True)}


def panels_of(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    """Cells that share a panel, by its title: those that differ by their pruning only."""
    known = list(dict.fromkeys(cells))
    several = len({cell.model for cell in known}) > 1, len({cell.batch for cell in known}) > 1
    found: dict[str, list[Cell]] = {}
    for cell in known:
        title = f"{cell.workflow} {cell.precision}"
        title = f"{cell.model} {title}" if several[0] else title
        found.setdefault(f"{title} batch {cell.batch}" if several[1] else title, []).append(cell)
    return found


def bar_legend(figure: Any, series: Iterable[Series]) -> None:
    """Above the panels, where it covers nothing."""
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=one.bar, label=one.name) for one in series]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), **SPACING)


def line_legend(figure: Any, series: Iterable[Series], line: Any = "-", **more: str) -> None:
    """more: what a line style means, by the style's name ("dashed")."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=one.colour, marker=one.marker, linestyle=line, label=one.name, ms=5)
        for one in series
    ]
    names: Any = more.items()
    handles += [Line2D([], [], color=INK, linestyle=style, label=text) for style, text in names]
    figure.legend(handles=handles, loc="outside upper left", ncols=6, **SPACING)


SPACING = {"handlelength": 1.6, "columnspacing": 1.2, "handletextpad": 0.5}
