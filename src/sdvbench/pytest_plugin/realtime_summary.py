"""What was told behind a camera, on a terminal."""

from collections.abc import Sequence

from rich.table import Table

from sdvbench.realtime.record import Record
from sdvbench.realtime.table import columns, notes
from sdvbench.report.verdicts import deadlines, reasons
from sdvbench.tables import natural_width, rendered


def realtime_text(records: Sequence[Record], width: int, colour: bool = False) -> str:
    """The table, what its words mean, and why what is unclear is so."""
    heads, rows = columns(records)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        left = head in ("cell", "policy", "trace", "verdict")
        table.add_column(head, justify="left" if left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    unclear = [
        f"{reason.status} {reason.whom}: {reason.text}"
        for status in ("INCONCLUSIVE", "UNGATED")
        for reason in reasons(deadlines(records), status)
    ]
    lines = [rendered(table, max(width, natural_width(table)), colour), *notes(records), *unclear]
    return "\n".join(lines)
