"""Which libraries matter to a figure: those of its engine's workflow, and of the anchor's."""

from collections.abc import Iterator, Mapping

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.measurement.hardware import PRUNERS
from sdvbench.workflows import WORKFLOWS


def differing(then: Mapping[str, str], now: Mapping[str, str], *cells: str) -> list[str]:
    """The names of the libraries whose versions differ, of those that matter to ``cells``.

    cells: ids. Where one is none, or of a workflow that is not installed, all libraries matter.
    """
    known = set(_known(cells))
    matter = then.keys() | now.keys() if None in known else known & (then.keys() | now.keys())
    return sorted(str(name) for name in matter if then.get(str(name)) != now.get(str(name)))


def _known(cells: tuple[str, ...]) -> Iterator[str | None]:
    """Names of packages; None stands for a cell whose workflow is unknown."""
    yield from PRUNERS
    for text in cells:
        try:
            yield from WORKFLOWS[Cell.parse(text).workflow].packages
        except OptionError:
            yield None
