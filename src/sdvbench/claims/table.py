"""Claims as a run tells them: their records, and a table of these on a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from sdvbench.claims.claim import Claim, Paper
from sdvbench.claims.finding import Finding, Status
from sdvbench.claims.record import ClaimRecord

HEADS = ("id", "claim", "source", "status", "ours", "paper")
KEYS = ("id", "text", "source", "status", "ours", "paper")
COLOURS = {
    Status.CONFIRMED: "green",
    Status.REFUTED: "bold red",
    Status.NOT_TESTABLE: "yellow",
}


def claims_on_terminal(records: Iterable[ClaimRecord]) -> Table:
    """A row a claim. The paper's hardware, the same in all rows, would take their room."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in HEADS:
        table.add_column(head, no_wrap=head in ("id", "status"))
    for record in records:
        told = {key: Text(getattr(record, key) or "-") for key in KEYS}
        told["status"].stylize(COLOURS[record.status])
        table.add_row(*told.values())
    return table


def by_study(records: Iterable[ClaimRecord]) -> dict[str, list[ClaimRecord]]:
    """In the order of their studies' titles; those of a run that told none are "the paper"'s."""
    found: dict[str, list[ClaimRecord]] = {}
    for record in records:
        found.setdefault(record.study or "the paper", []).append(record)
    return found


def recorded(claim: Claim, finding: Finding, paper: Paper) -> ClaimRecord:
    """``claim`` of ``paper`` with what became of it."""
    return ClaimRecord(
        id=claim.id,
        text=claim.text,
        source=claim.source,
        hardware=paper.machine,
        status=finding.status,
        reason=finding.reason,
        ours=finding.ours,
        paper=paper_s_figure(claim),
        study=paper.title,
    )


def paper_s_figure(claim: Claim) -> str:
    """What the paper says, for a table: in its own words where the claim has them."""
    if claim.says:
        return claim.says
    up_to = "up to " if claim.up_to else ""
    return {
        "cost": f"{claim.number:.{claim.decimals}f} G",
        "fewest": "fewest",
        "speed": f"{up_to}{claim.number:g}x",
        "order": "faster",
        "memory": f"{up_to}{100 * claim.number:g} % less",
        "saved": f"{_shares(claim)} less",
        "accuracy": claim.relation,
        "loss": f"{-claim.number:+g}",
        "lost": f"at most {_shares(claim)} lost",
        "balance": "best",
        "size": f"{up_to}{claim.number:g}x smaller",
        "error": f"{claim.relation} {claim.number:g}x",
        "driven": f"{claim.relation} {claim.number:g}x",
        "figures": "not at hand",
    }[claim.kind]


def _shares(claim: Claim) -> str:
    """ "4.7 % (PL), 4.8 % (PS)"; where there are many, from the least to the largest."""
    if not claim.shares:
        return ""
    if len(claim.shares) > 3:
        return f"{100 * min(claim.shares):.1f} to {100 * max(claim.shares):.1f} %"
    both = zip(claim.pairs, claim.shares, strict=True)
    return ", ".join(f"{100 * share:.1f} % ({pair[0].pruning})" for pair, share in both)
