"""What engines drove, as pictures: their paths over the road, and how far beside its centre."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sdvbench.closed_loop.record import Drives
from sdvbench.report.svg import FAINT, SMALL_TEXT, drawing, svg, thinned

MOST_POINTS = 400  # drawn of one path
NEAR_M = 20.0  # to either side of what is drawn from near
ROW_IN = 2.2
LEFT = "off the lane"  # how such a trip ends
CAPTION = (
    "The first trip of each engine, seen from above: the whole road, and from near the place where "
    "the car was furthest from the centre of its lane. The lane is grey, its centre line dashed; "
    "the colour is the distance to that line in metres, and a cross is where the car left the lane."
)


def paths(driven: Sequence[Drives], name: str) -> str | None:
    """An <svg> of the first trip of each engine, a line of panels each; None without any."""
    if not driven:
        return None
    furthest = max(abs(deviation) for one in driven for _, _, deviation in one.path_m)
    with drawing(0.9 + ROW_IN * len(driven)) as figure:
        grid = figure.subplots(len(driven), 2, squeeze=False)
        for (whole, near), one in zip(grid, driven, strict=True):
            away = np.abs([deviation for _, _, deviation in one.path_m])
            kept = np.array(thinned(away.tolist(), MOST_POINTS)[0])
            _draw(whole, one, kept, furthest, size=2)
            whole.set_aspect("equal", "datalim")
            worst = int(away.argmax())
            x, y, _ = one.path_m[worst]
            beside = np.abs(np.array(one.path_m)[:, :2] - (x, y)).max(1) <= NEAR_M
            dots = _draw(near, one, np.flatnonzero(beside), furthest, size=7)
            near.set_aspect("equal", "box")
            near.locator_params(nbins=4)
            near.set(xlim=(x - NEAR_M, x + NEAR_M), ylim=(y - NEAR_M, y + NEAR_M))
            whole.set_title(one.cell, fontsize=SMALL_TEXT, loc="left")
            near.set_title(f"furthest: {away[worst]:.2f} m", fontsize=SMALL_TEXT)
        for axes in grid[-1]:
            axes.set_xlabel("m", fontsize=SMALL_TEXT)
        bar = figure.colorbar(dots, ax=grid, location="top", shrink=0.6, aspect=40)
        bar.set_label("m from the centre", fontsize=SMALL_TEXT)
        told = f"{len(driven)} paths; the furthest from the centre is {furthest:.2f} m."
        return svg(figure, "Paths that engines drove", told, name)


def _draw(axes: Any, one: Drives, kept: Any, furthest: float, size: float) -> Any:
    """The points ``kept`` of the path over its lane, and where the car left that."""
    path = np.array(one.path_m)
    _draw_lane(axes, one)
    away = np.abs(path[kept, 2])
    dots = axes.scatter(*path[kept, :2].T, c=away, s=size, vmin=0, vmax=furthest, zorder=2)
    if one.trips[0].end == LEFT:
        axes.plot(*path[-1, :2], "x", color="#d55e00", markersize=9, markeredgewidth=2, zorder=3)
    axes.tick_params(labelsize=SMALL_TEXT, color=FAINT)
    return dots


def _draw_lane(axes: Any, one: Drives) -> None:
    """Between its edges, with its centre line; nothing where the record has none."""
    if len(one.lane_m) < 2:
        return
    lane = np.array(one.lane_m)
    centre, half = lane[:, :2], lane[:, 2:]
    way = np.gradient(centre, axis=0)
    aside = half * np.stack((-way[:, 1], way[:, 0]), axis=1) / np.hypot(*way.T)[:, None]
    edges = centre + aside, centre - aside
    axes.fill(*np.vstack((edges[0], edges[1][::-1])).T, color=FAINT, alpha=0.25, linewidth=0)
    for edge in edges:
        axes.plot(*edge.T, color=FAINT, linewidth=0.4, zorder=1)
    axes.plot(*centre.T, color=FAINT, linewidth=0.5, linestyle="--", zorder=1)
