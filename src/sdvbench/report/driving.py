"""What engines drove, as pictures: their paths over the road, and how far beside its centre."""

from collections.abc import Sequence

import numpy as np

from sdvbench.closed_loop.record import Drives
from sdvbench.report.svg import FAINT, SMALL_TEXT, drawing, svg, thinned

MOST_POINTS = 400  # drawn of one path
CAPTION = (
    "The first trip of each engine, seen from above; the colour is the distance to the centre of "
    "the lane in metres, and a cross is where the car left it."
)


def paths(driven: Sequence[Drives], name: str) -> str | None:
    """An <svg> of the first trip of each engine, a panel each; None without any."""
    if not driven:
        return None
    furthest = max(abs(deviation) for one in driven for _, _, deviation in one.path_m)
    columns = min(2, len(driven))
    rows = -(-len(driven) // columns)
    with drawing(0.9 + 2.1 * rows) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat[len(driven) :]:
            axes.set_axis_off()
        for axes, one in zip(grid.flat, driven, strict=False):
            path = np.array(one.path_m)
            kept = np.array(thinned(np.abs(path[:, 2]).tolist(), MOST_POINTS)[0])
            dots = axes.scatter(
                *path[kept, :2].T, c=np.abs(path[kept, 2]), s=5, vmin=0, vmax=furthest
            )
            if one.trips[0].end == "off the lane":
                axes.plot(*path[-1, :2], "x", color="#d55e00", markersize=9)
            axes.set_aspect("equal", "datalim")
            axes.set_title(one.cell, fontsize=SMALL_TEXT)
            axes.tick_params(labelsize=SMALL_TEXT, color=FAINT)
            axes.set_xlabel("m", fontsize=SMALL_TEXT)
        figure.colorbar(dots, ax=grid, label="m from the centre", shrink=0.7)
        told = f"{len(driven)} paths; the furthest from the centre is {furthest:.2f} m."
        return svg(figure, "Paths that engines drove", told, name)
