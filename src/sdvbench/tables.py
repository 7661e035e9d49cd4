"""Tables as text, for terminals and for Markdown."""

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table


def rendered(table: Table, width: int, colour: bool = False) -> str:
    """``table`` on lines of at most ``width`` characters, without blanks at their ends."""
    target = io.StringIO()
    Console(
        file=target, width=width, force_terminal=colour, color_system="standard" if colour else None
    ).print(table)
    return "".join(line.rstrip() + "\n" for line in target.getvalue().splitlines())


def natural_width(table: Table) -> int:
    """The characters of the longest line of ``table`` where nothing is cut off or wrapped."""
    console = Console(file=io.StringIO(), width=10_000)
    return Measurement.get(console, console.options, table).maximum


def first_of(names: Sequence[object]) -> str:
    """The first, and how many more."""
    return f"{names[0]} and {len(names) - 1} more" if names[1:] else str(names[0])


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; bars in its cells are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in escaped)
