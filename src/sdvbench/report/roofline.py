"""The roofline in a page: the picture by measurement, in the page's style."""

from collections.abc import Sequence

from sdvbench.report.run import Record
from sdvbench.report.svg import WIDTH_IN, styled, svg


def picture(records: Sequence[Record]) -> str | None:
    """An <svg>; None without records."""
    if not records:
        return None
    from sdvbench.measurement.roofline_plot import draw

    with styled():
        figure = draw(records)
        figure.set_size_inches(WIDTH_IN, 4.4)
        told = f"{len(records)} cells under the peaks of this machine."
        return svg(figure, "Roofline", told, "roofline-picture")
