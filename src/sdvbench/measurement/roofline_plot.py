"""The roofline as a picture: what cells reach, under what this machine could do."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.measurement.roofline import Roofline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "osD^vPX*"
MARGIN = 3  # decades are cut off this many times beyond the outermost point


def draw(records: Iterable[Roofline]) -> "Figure":
    """Multiply-accumulates a second over those a byte, both logarithmic.

    A colour, of matplotlib's cycle, and a marker for each engine, with a point a pruning and the
    name at the highest; a line for each peak. Raises OptionError where matplotlib is not installed,
    or there is no record.
    """
    told = list(records)
    if not told:
        raise OptionError("the roofline", "has no cell with a roof", "Run pytest perf -k latency")
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import LogLocator, NullFormatter
    except ImportError:
        problem = "needs matplotlib, which is not installed"
        raise OptionError(
            "the picture of the roofline", problem, "pip install matplotlib"
        ) from None
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes: Any = figure.subplots()
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    _draw_roofs(axes, told)
    groups: dict[str, list[Roofline]] = defaultdict(list)
    for record, name in zip(told, _names(told), strict=True):
        groups[name].append(record)
    for index, (name, group) in enumerate(groups.items()):
        points = [(_intensity(r), r.macs / r.seconds / 1e9) for r in group]
        marker = MARKERS[index % len(MARKERS)]
        axes.plot(*zip(*points, strict=True), marker, color=f"C{index}", markersize=6)
        highest = max(points, key=lambda point: point[1])
        axes.annotate(name, highest, (6, 4), textcoords="offset points", fontsize=9)
    axes.set_xlabel("multiply-accumulates a byte (bytes are an estimate)")
    axes.set_ylabel("GMAC/s")
    axes.grid(which="major")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_roofs(axes: Any, records: list[Roofline]) -> None:
    """The slope of memory, and a flat line for each precision's peak, from the ridge on."""
    from matplotlib import rcParams

    intensities = [_intensity(record) for record in records]
    roofs = {(_precision(r), r.peak_gmacs_per_s, r.peak_gb_per_s) for r in records}
    ridges = [gmacs_per_s / gb_per_s for _, gmacs_per_s, gb_per_s in roofs]
    left = min(*intensities, *ridges) / MARGIN
    right = max(*intensities, *ridges) * MARGIN
    labels: dict[tuple[str, float, float], list[str]] = defaultdict(list)
    for precision, gmacs_per_s, gb_per_s in sorted(roofs):
        ridge = gmacs_per_s / gb_per_s
        ends = [left, ridge, right], [left * gb_per_s, gmacs_per_s, gmacs_per_s]
        axes.plot(*ends, color=rcParams["xtick.color"], linewidth=1.2, zorder=1)
        labels[f"{gmacs_per_s:.0f} GMAC/s", right, float(f"{gmacs_per_s:.2g}")].append(precision)
        labels[f"memory {gb_per_s:.0f} GB/s", left, float(f"{left * gb_per_s:.2g}")] = []
    for (text, x, y), precisions in labels.items():  # equal ones once: they would cover each other
        side = "right" if precisions else "left"
        text = " ".join([", ".join(precisions), text]).strip()
        offset = (0, 3) if precisions else (8, 0)
        axes.annotate(text, (x, y), offset, textcoords="offset points", ha=side, fontsize=9)


def _names(records: list[Roofline]) -> list[str]:
    """Workflow and precision of each record's cell, and its model and batch where they differ."""
    cells = [Cell.parse(record.cell) for record in records]
    models = len({cell.model for cell in cells}) > 1
    batches = len({cell.batch for cell in cells}) > 1
    return [
        f"{cell.model} " * models
        + f"{cell.workflow} {cell.precision}"
        + f" b{cell.batch}" * batches
        for cell in cells
    ]


def _precision(record: Roofline) -> str:
    return Cell.parse(record.cell).precision


def _intensity(record: Roofline) -> float:
    """Multiply-accumulates a byte."""
    return float(record.macs / record.bytes)
