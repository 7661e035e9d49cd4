"""What engines drove, on a terminal."""

from collections.abc import Sequence

from rich.table import Table

from sdvbench.closed_loop.record import Drives
from sdvbench.closed_loop.table import columns, notes
from sdvbench.tables import natural_width, rendered


def drives_text(drives: Sequence[Drives], width: int, colour: bool = False) -> str:
    """The table, and what its words mean."""
    heads, rows = columns(drives)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, justify="left" if head == "cell" else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    text = rendered(table, max(width, natural_width(table)), colour)
    return "\n".join([text, *notes(drives)])
