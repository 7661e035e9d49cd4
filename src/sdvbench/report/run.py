"""A run: what a report knows of it, and its form in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from sdvbench.claims.record import ClaimRecord
from sdvbench.closed_loop.record import Drives
from sdvbench.gate.figures import Judged
from sdvbench.gate.verdict import Status
from sdvbench.measurement.roofline import Roofline
from sdvbench.realtime.record import Record
from sdvbench.typed_json import Filled, written

FORMAT = 1  # of ``as_dict``; another one is refused when it is read
KINDS: Mapping[str, type[Struct]] = {  # of the records of a run
    "records": Judged,
    "claims": ClaimRecord,
    "drives": Drives,
    "realtime": Record,
    "roofline": Roofline,
}


class Rounds(Struct, frozen=True, kw_only=True):
    """The trace of one measurement: raw seconds of its rounds. calls: those that make up one."""

    seconds: Sequence[float]
    calls: int = 1

    @property
    def call_ms(self) -> list[float]:
        """Milliseconds of one call, by round."""
        return [1e3 * seconds / self.calls for seconds in self.seconds]


class Hardware(Struct, frozen=True, kw_only=True, rename={"name": "class"}):
    """name: the hardware class. summary: the same for people."""

    name: str
    summary: str


class Control(Struct, frozen=True, kw_only=True):
    """The verdict on two anchors that were timed in turn."""

    status: Status
    reason: str


class Run(Struct, frozen=True, kw_only=True):
    """What a run of pytest told, and where it ran.

    date: ISO. commit: of the tree, or "unknown". libraries: name -> version.
    settings: of each suite, "run" and where it has others "trained": name -> text.
    control: None where nothing was timed; in JSON an empty object.
    data: what was read, as --sdv-data names it -> what the reader did with it, a line each.
    records: figures with their verdicts. gaps: why tests were skipped -> their ids.
    errors: what ended tests before they told anything -> their ids.
    traces: "CELL METRIC" -> what was timed.
    """

    date: str
    commit: str
    hardware: Hardware
    libraries: Mapping[str, str]
    settings: Mapping[str, Mapping[str, str]]
    control: Control | None
    data: Mapping[str, Filled[str]] = {}
    records: Sequence[Judged] = ()
    claims: Sequence[ClaimRecord] = ()
    drives: Sequence[Drives] = ()
    realtime: Sequence[Record] = ()
    roofline: Sequence[Roofline] = ()
    gaps: Mapping[str, Filled[str]]
    errors: Mapping[str, Filled[str]] = {}
    traces: Mapping[str, Rounds] = {}

    @property
    def lost(self) -> list[str]:
        """Ids of the tests that ended in an error."""
        return [test for ids in self.errors.values() for test in ids]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, without ``traces``, which pytest-benchmark's own part of the file holds."""
        parts = {n: getattr(self, n) for n in self.__struct_fields__ if n != "traces"}
        told: dict[str, Any] = written({"format": FORMAT, **parts, "control": self.control or {}})
        return told
