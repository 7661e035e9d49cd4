"""The table of claims, from what tests told of them (records of kind "sdvbench.claim")."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from sdvbench.claims.claim import Claim
from sdvbench.tables import markdown

HEADS = ("id", "claim", "source", "status", "ours", "paper", "the paper's hardware")
COLOURS = {"CONFIRMED": "green", "REFUTED": "bold red", "NOT TESTABLE HERE": "yellow"}

Record = Mapping[str, Any]


def claims_table(records: Iterable[Record]) -> list[list[str]]:
    """A row a claim, as ``HEADS`` names its columns."""
    keys = ("id", "text", "source", "status", "ours", "paper", "hardware")
    return [[str(record[key]) or "-" for key in keys] for record in records]


def claims_markdown(records: Iterable[Record]) -> str:
    return markdown(HEADS, claims_table(records))


def claims_on_terminal(records: Iterable[Record]) -> Table:
    """Without the hardware, which is the same in all rows and would take their room."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in HEADS[:-1]:
        table.add_column(head, no_wrap=head in ("id", "status"))
    for name, text, source, status, *figures, _ in claims_table(records):
        table.add_row(name, text, source, Text(status, COLOURS[status]), *figures)
    return table


def paper_s_figure(claim: Claim) -> str:
    """What the paper says, for a table."""
    up_to = "up to " if claim.up_to else ""
    return {
        "cost": f"{claim.number:.{claim.decimals}f} G",
        "speed": f"{up_to}{claim.number:g}x",
        "order": "faster",
        "memory": f"{up_to}{100 * claim.number:g} % less",
        "accuracy": claim.relation,
        "loss": f"{-claim.number:+g}",
        "balance": "best",
        "figures": "not at hand",
    }[claim.kind]
