"""The verdicts of a run: how many of each, and what is said of those that need attention."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sdvbench.claims.finding import Status as ClaimStatus
from sdvbench.claims.record import ClaimRecord
from sdvbench.gate.figures import Judged
from sdvbench.gate.judge import ACCEPT
from sdvbench.gate.threshold_keys import NAME
from sdvbench.gate.verdict import Status, Tier
from sdvbench.realtime.record import Record
from sdvbench.realtime.table import origin
from sdvbench.report.run import Run
from sdvbench.tables import first_of

MARKS = {  # beside the words, so that colour alone tells nothing
    **{"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?", "UNGATED": "○"},
    **{"CONFIRMED": "✓", "REFUTED": "✗", "NOT TESTABLE HERE": "○"},
    "ERROR": "✗",
}


@dataclass(frozen=True)
class Told:
    """A verdict on anything. remedy: what to do about a FAIL."""

    cell: str
    metric: str
    status: Status
    reason: str
    remedy: str


def judged(run: Run) -> list[Told]:
    """All that has a verdict: figures, and deadlines of a camera under a metric of their own."""
    return [*map(_figure, run.records), *deadlines(run.realtime)]


def deadlines(records: Iterable[Record]) -> list[Told]:
    """Of those that have a verdict."""
    remedy = "Use a faster engine or a slower camera, or allow more misses with `--sdv-misses`."
    return [
        Told(
            record.cell,
            f"deadlines at {record.rate_hz:g} Hz ({record.policy}, {origin(record)})",
            record.status,
            record.reason or "",
            remedy,
        )
        for record in records
        if record.status is not None
    ]


def _figure(record: Judged) -> Told:
    limited = record.tier is Tier.LIMIT
    meant = f"change the limit in {NAME}, and say why in the commit" if limited else ACCEPT
    remedy = f"Find what made it worse; if it is meant, {meant}."
    return Told(record.cell, record.metric, record.status, record.reason, remedy)


def counts(records: Sequence[Told]) -> dict[str, int]:
    """How many figures have which verdict, FAIL first."""
    order = (Status.FAIL, Status.INCONCLUSIVE, Status.UNGATED, Status.PASS)
    return {s.value: sum(r.status == s for r in records) for s in order}


def headline(run: Run) -> str:
    """What the run comes to: a sentence each of tests that told nothing, where there are any, of
    what was judged, and of claims REFUTED.
    """
    lost = len(run.lost)
    lead = f"{lost} test{'s' * (lost > 1)} ended in an error, without a verdict. " if lost else ""
    refuted = claim_counts(run.claims)["REFUTED"]
    told = f" {refuted} claim{'s' * (refuted > 1)} REFUTED." if refuted else ""
    return lead + _headline(judged(run)) + told


def _headline(records: Sequence[Told]) -> str:
    found = counts(records)
    if not records:
        return "No figure was judged."
    if found["FAIL"]:
        return f"{found['FAIL']} of {len(records)} figures FAIL."
    unclear = [f"{found[s]} {s}" for s in ("INCONCLUSIVE", "UNGATED") if found[s]]
    if unclear:
        count = len(records) - found["PASS"]
        told = ", ".join(unclear)
        return f"No figure FAILs, but {count} of {len(records)} tell nothing yet: {told}."
    return f"All {len(records)} figures PASS."


@dataclass(frozen=True)
class Reason:
    """One reason, and the figures ("CELL METRIC") that it concerns."""

    status: str
    text: str
    names: Sequence[str]

    @property
    def whom(self) -> str:
        return first_of(self.names)


def reasons(records: Iterable[Told | Judged], status: str) -> list[Reason]:
    """Of the figures with ``status``; equal reasons once."""
    found: dict[str, list[str]] = {}
    for record in records:
        if record.status == status:
            found.setdefault(record.reason, []).append(f"{record.cell} {record.metric}")
    return [Reason(status, text, names) for text, names in found.items()]


def claim_counts(claims: Sequence[ClaimRecord]) -> Mapping[str, int]:
    return {status.value: sum(c.status is status for c in claims) for status in ClaimStatus}
