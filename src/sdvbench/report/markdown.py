"""A run as Markdown, short enough for a comment on a pull request."""

from collections.abc import Iterator, Sequence

from sdvbench import tables
from sdvbench.claims.record import ClaimRecord
from sdvbench.claims.table import by_study
from sdvbench.closed_loop import table as drives_table
from sdvbench.gate.verdict import Status
from sdvbench.realtime.table import columns
from sdvbench.report import roofline, verdicts
from sdvbench.report.groups import grouped
from sdvbench.report.limits import Limit
from sdvbench.report.offline import offline
from sdvbench.report.paper import paper_tables
from sdvbench.report.recommendation import recommendations
from sdvbench.report.rows import columns_of, rows_of
from sdvbench.report.run import Run
from sdvbench.tables import first_of


def markdown(run: Run, given: Sequence[Limit]) -> str:
    """Verdicts first; tables folded."""
    return "\n".join(_lines(run, given)) + "\n"


def _lines(run: Run, given: Sequence[Limit]) -> Iterator[str]:
    judged = verdicts.judged(run)
    told = ", ".join(f"{n} {status}" for status, n in verdicts.counts(judged).items() if n)
    yield f"## sdvbench: {verdicts.headline(run)}\n"
    where = f"{run.hardware.summary}; commit {run.commit}; {run.date}"
    yield f"{told}; {where}\n" if told else f"{where}\n"
    for text, ids in run.errors.items():
        yield f"- **ERROR {_text(first_of(ids))}**: {_text(text)}"
    for record in judged:
        if record.status is Status.FAIL:
            name = f"**FAIL {record.cell} {record.metric}**"
            yield f"- {name}: {_text(record.reason)}. {record.remedy}"
    for status in ("INCONCLUSIVE", "UNGATED"):
        for reason in verdicts.reasons(judged, status):
            yield f"- **{status}** {reason.whom}: {_text(reason.text)}."
    rows = rows_of(run.records, realtime=run.realtime, lost=run.lost)
    for found in recommendations(rows, given):
        of_task = f" for {_text(found.task)}" if found.task else ""
        yield f"\n**Recommendation{of_task}.** {_text(found.reason)}\n"
        if found.cell and found.left_out:  # else the reason has said it
            yield "\n".join(f"- Left out: {_text(line)}." for line in found.left_out) + "\n"
    if run.records:
        yield _folded("Cells", _cells(run))
    yield from _paper(run)
    heads, lines, notes = offline(rows)
    if lines:
        told = "\n".join(f"- {_text(note)}" for note in notes)
        yield _folded(
            "Networks that drive, on images",
            f"{tables.markdown(*_escaped(heads, lines))}\n{told}\n",
        )
    for study, claims in by_study(run.claims).items():
        statuses = verdicts.claim_counts(claims).items()
        counted = ", ".join(f"{n} {status}" for status, n in statuses)
        yield _folded(f"Claims of {_text(study)}: {counted}", _claims(claims))
    if run.drives:
        told = "\n".join(f"- {_text(note)}" for note in drives_table.notes(run.drives))
        table = tables.markdown(*_escaped(*drives_table.columns(run.drives)))
        yield _folded("In the simulator", f"{table}\n{told}\n")
    if run.realtime:
        yield _folded("Real time", tables.markdown(*_escaped(*columns(run.realtime))))
    if run.roofline:
        yield _folded("Roofline", tables.markdown(*roofline.table(run.roofline, run.records)))
    if run.data:
        read = [
            f"- {_text(f'{name}: {line}')}" for name, lines in run.data.items() for line in lines
        ]
        yield _folded("Data", "\n".join(read) + "\n")
    if run.gaps:
        gaps = [
            f"- {len(ids)} test{'s' * (len(ids) > 1)}: {_text(reason)}"
            for reason, ids in run.gaps.items()
        ]
        yield _folded("Skipped", "\n".join(gaps) + "\n")


def _cells(run: Run) -> str:
    rows = rows_of(run.records, run.roofline)
    shown = columns_of(rows)
    lines = [
        [str(row.cell), row.status.value, *row.texts(shown), row.changes or "-"] for row in rows
    ]
    return tables.markdown(["cell", "verdict", *shown, "against baseline"], lines)


def _paper(run: Run) -> Iterator[str]:
    """Tables V to VIII of each model and batch; this run's rows in bold."""
    for name, rows in grouped(rows_of(run.records)).items():
        found = paper_tables(rows)
        if not found:
            continue
        parts = [_text(found.note) + "\n"]
        for one in found.tables:
            lines = [
                [f"**{t}**" if (row, column) in one.ours else t for column, t in enumerate(line)]
                for row, line in enumerate(one.rows)
            ]
            parts.append(f"{one.title}\n\n{tables.markdown(one.heads, lines)}")
        yield _folded(f"Tables of the paper: {name}", "\n".join(parts))


def _claims(claims: Sequence[ClaimRecord]) -> str:
    heads = ("claim", "source", "status", "paper", "here", "why")
    names = ("text", "source", "status", "paper", "ours", "reason")
    lines = [[getattr(claim, name) or "-" for name in names] for claim in claims]
    return tables.markdown(*_escaped(heads, lines))


def _escaped(
    heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Sequence[str], list[list[str]]]:
    return heads, [[_text(text) for text in row] for row in rows]


def _text(text: str) -> str:
    """Words that happen to be HTML or emphasis stay words, in one line."""
    parts = " ".join(text.split()).split("`")
    code = len(parts) % 2 == 1  # every mark has its fellow: what is between them is left alone
    for place in range(0, len(parts), 2 if code else 1):
        for character in "\\*_<":
            parts[place] = parts[place].replace(character, f"\\{character}")
    return ("`" if code else "\\`").join(parts)


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n</details>\n"
