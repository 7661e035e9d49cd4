"""The verdicts of a run: how many of each, and what is said of those that need attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sdvbench.gate.judge import ACCEPT
from sdvbench.gate.threshold_keys import NAME
from sdvbench.gate.verdict import Status, Tier
from sdvbench.realtime.table import origin
from sdvbench.report.run import Record, Run
from sdvbench.tables import first_of

MARKS = {  # beside the words, so that colour alone tells nothing
    **{"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?", "UNGATED": "○"},
    **{"CONFIRMED": "✓", "REFUTED": "✗", "NOT TESTABLE HERE": "○"},
    "ERROR": "✗",
}


def judged(run: Run) -> list[Record]:
    """All that has a verdict: figures, and deadlines of a camera under a metric of their own."""
    return [*run.records, *(deadlines(r) for r in run.realtime if "status" in r)]


def deadlines(record: Record) -> Record:
    """A record of a camera as one of a figure."""
    name = f"deadlines at {record['rate_hz']:g} Hz ({record['policy']}, {origin(record)})"
    return {**record, "metric": name}


def counts(records: Sequence[Record]) -> dict[str, int]:
    """How many figures have which verdict, FAIL first."""
    order = (Status.FAIL, Status.INCONCLUSIVE, Status.UNGATED, Status.PASS)
    return {s.value: sum(r["status"] == s for r in records) for s in order}


def headline(run: Run) -> str:
    """What the run comes to: a sentence each of tests that told nothing, where there are any, of
    what was judged, and of claims REFUTED.
    """
    lost = len(run.lost)
    lead = f"{lost} test{'s' * (lost > 1)} ended in an error, without a verdict. " if lost else ""
    refuted = claim_counts(run.claims)["REFUTED"]
    told = f" {refuted} claim{'s' * (refuted > 1)} REFUTED." if refuted else ""
    return lead + _headline(judged(run)) + told


def _headline(records: Sequence[Record]) -> str:
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


def remedy(record: Record) -> str:
    """What to do about a FAIL."""
    if "rate_hz" in record:
        return "Use a faster engine or a slower camera, or allow more misses with `--sdv-misses`."
    meant = f"change the limit in {NAME}, and say why in the commit"
    return f"Find what made it worse; if it is meant, {meant if _limited(record) else ACCEPT}."


def _limited(record: Record) -> bool:
    return record.get("tier") == Tier.LIMIT


@dataclass(frozen=True)
class Reason:
    """One reason, and the figures ("CELL METRIC") that it concerns."""

    status: str
    text: str
    names: Sequence[str]

    @property
    def whom(self) -> str:
        return first_of(self.names)


def reasons(records: Sequence[Record], status: str) -> list[Reason]:
    """Of the figures with ``status``; equal reasons once."""
    found: dict[str, list[str]] = {}
    for record in records:
        if record["status"] == status:
            found.setdefault(record["reason"], []).append(f"{record['cell']} {record['metric']}")
    return [Reason(status, text, names) for text, names in found.items()]


def claim_counts(claims: Sequence[Record]) -> Mapping[str, int]:
    order = ("CONFIRMED", "REFUTED", "NOT TESTABLE HERE")
    return {status: sum(c["status"] == status for c in claims) for status in order}
