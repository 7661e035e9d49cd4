"""Rows: all that a run told of one cell."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sdvbench.cells import Cell
from sdvbench.gate.figures import Judged
from sdvbench.gate.limits import WORST
from sdvbench.gate.verdict import Status
from sdvbench.measurement.roofline import Roofline
from sdvbench.metrics import declared, value_of
from sdvbench.metrics.base import Value
from sdvbench.realtime.record import Record


@dataclass(frozen=True)
class Row:
    """What was told of a cell, whose verdict is the worst of its figures'.

    records: by metric. roof: the cell's roofline record, where there is one. late: at which
    rates of a camera its deadlines FAIL, "10, 30 Hz"; empty where none does. lost: whether a test
    of it ended in an error.
    """

    cell: Cell
    records: Mapping[str, Judged]
    roof: Roofline | None = None
    late: str = ""
    lost: bool = False

    @property
    def status(self) -> Status:
        return min((r.status for r in self.records.values()), key=WORST.index)

    @property
    def changes(self) -> str:
        """Against the baseline, positive is worse: "lat +1.2 %"; empty where nothing is."""
        told = (f"{m[:3]} {r.change}" for m, r in self.records.items() if r.change)
        return ", ".join(told)

    def value(self, metric: str, name: str) -> float | None:
        """What was measured; None where it was not, or is no finite number."""
        if metric == "roofline":
            value = getattr(self.roof, name, None)
        else:
            value = self.records[metric].shown.get(name) if metric in self.records else None
        return value if value is not None and math.isfinite(value) else None

    def texts(self, columns: Mapping[str, tuple[str, str, str]]) -> list[str]:
        """A value a column, "-" where there is none."""
        found = [(self.value(metric, name), form) for metric, name, form in columns.values()]
        return ["-" if value is None else form.format(value) for value, form in found]

    def size(self, name: str) -> float | None:
        """ "macs" or "params" of the cell's model; None where nothing usable was counted."""
        for record in self.records.values():
            if record.size.get(name, 0) > 0:
                return float(record.size[name])
        return None

    def declared(self, name: str) -> float | None:
        """What was measured of the value that a metric declares under ``name``."""
        found = value_of(name, self.cell)
        return None if found is None else self.value(found[0].id, found[1].shown)

    @property
    def latency_ms(self) -> float | None:
        return self.declared("latency_ms")

    @property
    def memory_mb(self) -> float | None:
        return self.declared("memory_mb")

    @property
    def task(self) -> str:
        """Of the cell's network; empty in the oldest files."""
        return next((record.task for record in self.records.values() if record.task), "")

    @property
    def losing(self) -> tuple[Value, float] | None:
        """What is lost of the first accuracy that is known of it, such as points of mAP50-95 below
        the unpruned model in PyTorch fp32; None where nothing is. Growth over the fp32 reference of
        the same pruned model says nothing about another pruning, so the error itself stands for it.
        """
        for metric in declared().values():
            for loss in metric.values if metric.scores else ():
                if loss.is_loss and loss.is_of(self.cell):
                    value = metric.values[0] if metric.growth else loss
                    number = self.value(metric.id, value.shown)
                    if number is not None:
                        return value, number
        return None

    @property
    def loss(self) -> float | None:
        """``losing`` as a cost: less is better."""
        return self.losing[0].cost(self.losing[1]) if self.losing else None


def rows_of(
    records: Iterable[Judged],
    roofline: Iterable[Roofline] = (),
    realtime: Iterable[Record] = (),
    lost: Iterable[str] = (),
) -> list[Row]:
    """A row a cell, in the order in which they were told. lost: pytest's ids of tests that ended in
    an error.
    """
    ended = list(lost)
    roofs = {record.cell: record for record in roofline}
    late: dict[str, set[float]] = defaultdict(set)
    for filmed in realtime:
        if filmed.status is Status.FAIL:
            late[filmed.cell].add(filmed.rate_hz)
    rates = {c: ", ".join(f"{hz:g}" for hz in sorted(of)) + " Hz" for c, of in late.items()}
    found: dict[str, dict[str, Judged]] = defaultdict(dict)
    for record in records:
        found[record.cell][record.metric] = record
    return [
        Row(
            Cell.parse(cell),
            of,
            roofs.get(cell),
            rates.get(cell, ""),
            any(re.search(rf"[\[-]{re.escape(cell)}[\]-]", test) for test in ended),
        )
        for cell, of in found.items()
    ]


def columns_of(rows: Sequence[Row]) -> dict[str, tuple[str, str, str]]:
    """Those that a metric declares and that have a value in any row, by heading: the kind of
    record, the value's name in it, and the format.
    """
    return {
        column.heading: (column.record or metric.id, column.shown, column.form)
        for metric in declared().values()
        for column in metric.columns
        if any(row.value(column.record or metric.id, column.shown) is not None for row in rows)
    }
