"""Records of a run as its file holds them: texts that must be there, and figures that may be
unusable.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from sdvbench.cells import Cell
from sdvbench.errors import OptionError, ReportError
from sdvbench.gate.figures import Judged
from sdvbench.gate.verdict import Status
from sdvbench.metrics import positive
from sdvbench.report.run import KINDS
from sdvbench.typed_json import LEAST, Unusable, check_positive, described, is_number, read, sound

RERUN = "Write it again with `pytest perf accuracy --benchmark-json=FILE`"
NEEDED: Mapping[str, tuple[str, ...]] = {  # without which there is no report
    "records": ("cell", "metric", "status", "reason", "change"),
    "claims": KINDS["claims"].__struct_fields__,
    "drives": ("cell",),
    "realtime": ("cell", "policy", "status", "reason"),
    "roofline": ("cell", "bound"),
}
NAMED: Mapping[str, tuple[str, ...]] = {  # what may be there once only
    "records": ("cell", "metric"),
    "drives": ("cell",),
    "roofline": ("cell",),
}
BLANK: Mapping[str, Any] = {  # of what is not known of a record that cannot be used
    **{"metric": "roofline", "imgsz": 0, "anchor": "", "weights": "", "shown": {}, "change": ""},
    **{"status": Status.PASS, "reason": ""},
}


class Lists(Struct, frozen=True, kw_only=True):
    """The records of each kind, whatever they are."""

    records: list[Any]
    claims: list[Any]
    drives: list[Any] = []
    realtime: list[Any]
    roofline: list[Any]


def records(file: Path, run: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The records of each kind. One with a figure that cannot be used is, or becomes, a verdict
    that says so, among "records": INCONCLUSIVE where the run had said PASS.

    Raises ReportError, naming the part, where a text is missing, or a name comes twice.
    """
    lists = needed(file, Lists, run)
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    unusable = []
    for kind in KINDS:
        known = set()
        for place, record in enumerate(getattr(lists, kind)):
            where = f"{kind}[{place}]"
            parts = _needed_parts(file, record, kind, where)
            name = tuple(parts[part] for part in NAMED.get(kind, ()))
            if name and name in known:
                refuse(file, f"has two {kind} named {' '.join(name)!r}")
            known.add(name)
            try:
                one = read(KINDS[kind], record)
                if isinstance(one, Judged):
                    check_positive(one.shown, positive())
                found[kind].append(one)
            except Unusable as why:
                unusable.append(_verdict_on(parts, record, str(why), kind, where))
    found["records"] += unusable
    return found


def doubted(record: Judged, why: str) -> Judged:
    """``record`` as a verdict that says why it could not be used."""
    status = Status.INCONCLUSIVE if record.status is Status.PASS else record.status
    said = f"; the run itself said {record.status}: {record.reason}" if record.reason else ""
    return replace(record, status=status, reason=f"could not be used: {why}{said}", change="")


def _verdict_on(
    parts: Mapping[str, Any], record: Mapping[str, Any], why: str, kind: str, where: str
) -> Judged:
    """A verdict that says why ``record`` could not be used, with what can still be shown."""
    if kind == "records":
        values = record["shown"].items() if isinstance(record.get("shown"), dict) else ()
        shown = {name: value for name, value in values if _can_be_shown(name, value)}
        return doubted(Judged(**{**BLANK, **parts, "shown": shown}), why)
    told = {name: parts[name] for name in ("cell", "status", "reason") if parts.get(name)}
    metric = {"metric": where} if kind in ("drives", "realtime") else {}
    return doubted(Judged(**{**BLANK, **metric, **told}), why)


def _can_be_shown(name: str, value: Any) -> bool:
    """Whether ``value`` is a number that ``name`` may have: no time or memory is below zero."""
    return is_number(value) and (name not in positive() or value >= LEAST)


def _needed_parts(file: Path, record: Any, kind: str, where: str) -> dict[str, Any]:
    """All sound parts of ``record``. Refuses the file where one is missing that is needed."""
    if not isinstance(record, dict):
        refuse(file, f"{where} is {described(record)}, not an object")
    parts, wrong = sound(KINDS[kind], record, where)
    for name in NEEDED[kind]:
        if name in wrong:
            refuse(file, wrong[name])
    if parts.get("status") and not isinstance(parts.get("reason"), str):
        refuse(file, f"{where}.reason is missing")
    if "cell" in parts:
        try:
            Cell.parse(parts["cell"])
        except OptionError as error:
            refuse(file, f"{where}.cell: {error}")
    return parts


def needed(file: Path, kind: type[Any], content: Any, where: str = "") -> Any:
    """``content`` as a ``kind``, without which there is no report. Raises ReportError."""
    try:
        return read(kind, content, where, finite=False)
    except Unusable as why:
        refuse(file, str(why))


def refuse(file: Path, problem: str) -> NoReturn:
    raise ReportError(file, problem, RERUN)
