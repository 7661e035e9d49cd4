"""What a run's file holds beside what was timed: accuracy, and what was driven."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdvbench.cells import Cell
from sdvbench.closed_loop.record import Drives
from sdvbench.errors import OptionError
from sdvbench.gate.figures import Judged
from sdvbench.metrics import declared
from sdvbench.typed_json import Unusable, read


@dataclass(frozen=True)
class Scores:
    """figures: of accuracy, "CELL METRIC". drives: by cell. others: figures of other metrics,
    as far as they can be used; those of drives say with which weights and images.
    unusable: of the first two, by name, why it could not be used.
    """

    figures: Mapping[str, Judged] = field(default_factory=dict)
    drives: Mapping[str, Drives] = field(default_factory=dict)
    others: Mapping[str, Judged] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.figures or self.drives or self.unusable)


def read_scores(content: Mapping[str, Any]) -> Scores:
    """Those of sdvbench's own part of a benchmark JSON; a file may have none."""
    figures: dict[str, Judged] = {}
    drives: dict[str, Drives] = {}
    others: dict[str, Judged] = {}
    unusable: dict[str, str] = {}
    for record in _records(content, "records"):
        cell, name = str(record.get("cell")), record.get("metric")
        metric = declared().get(name) if isinstance(name, str) else None
        if metric and metric.scores and metric.loss:
            _keep(figures, unusable, Judged, record, f"{cell} {name}")
        else:
            _keep(others, {}, Judged, record, f"{cell} {name}")
    for record in _records(content, "drives"):
        _keep(drives, unusable, Drives, record, str(record.get("cell")))
    return Scores(figures, drives, others, unusable)


def _records(content: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    run = content.get("sdvbench")
    records = run.get(kind) if isinstance(run, dict) else None
    yield from (one for one in records or () if isinstance(one, dict))


def _keep(
    found: dict[str, Any], unusable: dict[str, str], kind: type[Any], record: Any, name: str
) -> None:
    try:
        Cell.parse(name.partition(" ")[0])
        found[name] = read(kind, record)
    except (Unusable, OptionError) as why:
        unusable[name] = str(why)
