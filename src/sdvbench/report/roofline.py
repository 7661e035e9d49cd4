"""The roofline in a page: the picture by measurement, in the page's style."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from sdvbench.report.run import Record
from sdvbench.report.svg import WIDTH_IN, styled, svg

PLOT = "sdvbench.measurement.roofline_plot"


def picture(records: Sequence[Record]) -> str | None:
    """An <svg>; None without records."""
    if not records or find_spec(PLOT) is None:
        return None
    with styled():
        figure = import_module(PLOT).draw(records)
        figure.set_size_inches(WIDTH_IN, 4.4)
        told = f"{len(records)} cells under the peaks of this machine."
        return svg(figure, "Roofline", told, "roofline-picture")
