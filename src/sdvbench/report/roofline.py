"""The roofline in a report: its table, and the picture by measurement in the page's style."""

from collections.abc import Sequence

from sdvbench.gate.figures import Judged
from sdvbench.measurement.roofline import Roofline
from sdvbench.report.svg import WIDTH_IN, styled, svg

HEADS = (
    *("cell", "G MACs", "MB", "median ms", "roof ms", "share of the roof", "bound by"),
    *("bandwidth (est.)", "memory busy"),
)


def table(
    roofs: Sequence[Roofline], figures: Sequence[Judged]
) -> tuple[list[str], list[list[str]]]:
    """Heads and rows; without what a GPU's driver tells of its memory where ``figures`` have none.

    figures: a run's records, of which throughput's is timed with the driver asked.
    """
    busy = {
        record.cell: f"{percent:.0f} %"
        for record in figures
        if (percent := record.shown.get("memory_busy_percent")) is not None
    }
    shown = len(HEADS) if busy else len(HEADS) - 1
    return list(HEADS[:shown]), [[*_row(r), busy.get(r.cell, "-")][:shown] for r in roofs]


def _row(roof: Roofline) -> list[str]:
    return [
        roof.cell,
        f"{roof.macs / 1e9:.2f}",
        f"{roof.bytes / 1e6:.1f}",
        f"{1e3 * roof.seconds:.1f}",
        f"{1e3 * roof.roof_seconds:.1f}",
        f"{100 * roof.share:.0f} %",
        roof.bound,
        f"{100 * roof.bandwidth_share:.0f} %",
    ]


def picture(records: Sequence[Roofline]) -> str | None:
    """An <svg>; None without records."""
    if not records:
        return None
    from sdvbench.measurement.roofline_plot import draw

    with styled():
        figure = draw(records)
        figure.set_size_inches(WIDTH_IN, 4.4)
        told = f"{len(records)} cells under the peaks of this machine."
        return svg(figure, "Roofline", told, "roofline-picture")
