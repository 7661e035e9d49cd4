"""A run: what a report knows of it, and its form in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

FORMAT = 1  # of ``as_dict``; another one is refused when it is read

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Rounds:
    """The trace of one measurement: raw seconds of its rounds. calls: those that make up one."""

    seconds: Sequence[float]
    calls: int = 1

    @property
    def call_ms(self) -> list[float]:
        """Milliseconds of one call, by round."""
        return [1e3 * seconds / self.calls for seconds in self.seconds]


@dataclass(frozen=True)
class Run:
    """What a run of pytest told, and where it ran.

    date: ISO. commit: of the tree, or "unknown". hardware: "class" and "summary". libraries: name
    -> version. settings: of each suite, "run" and where it has others "trained": name -> text.
    control: "status" and "reason" of two anchors timed in turn; empty where nothing was timed.
    data: what was read, as --sdv-data names it -> what the reader did with it, a line each.
    records: figures with their verdicts, as Figure.as_dict plus status, reason, change and tier.
    claims, realtime, roofline: records of those kinds. gaps: why tests were skipped -> their ids.
    errors: what ended tests before they told anything -> their ids.
    traces: "CELL METRIC" -> what was timed.
    """

    date: str
    commit: str
    hardware: Mapping[str, str]
    libraries: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    control: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Sequence[str]] = field(default_factory=dict)
    records: Sequence[Record] = ()
    claims: Sequence[Record] = ()
    realtime: Sequence[Record] = ()
    roofline: Sequence[Record] = ()
    gaps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    traces: Mapping[str, Rounds] = field(default_factory=dict)

    @property
    def lost(self) -> list[str]:
        """Ids of the tests that ended in an error."""
        return [test for ids in self.errors.values() for test in ids]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, without ``traces``, which pytest-benchmark's own part of the file holds."""
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "traces"}
        return {"format": FORMAT, **parts}
