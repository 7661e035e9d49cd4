"""The table of claims on a terminal, from tests' records of kind "sdvbench.claim"."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from sdvbench.claims.claim import Claim

HEADS = ("id", "claim", "source", "status", "ours", "paper")
KEYS = ("id", "text", "source", "status", "ours", "paper")
COLOURS = {"CONFIRMED": "green", "REFUTED": "bold red", "NOT TESTABLE HERE": "yellow"}

Record = Mapping[str, Any]


def claims_on_terminal(records: Iterable[Record]) -> Table:
    """A row a claim. The paper's hardware, the same in all rows, would take their room."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in HEADS:
        table.add_column(head, no_wrap=head in ("id", "status"))
    for record in records:
        told = {key: Text(str(record[key]) or "-") for key in KEYS}
        told["status"].stylize(COLOURS[record["status"]])
        table.add_row(*told.values())
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
