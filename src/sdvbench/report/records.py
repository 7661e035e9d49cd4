"""Records of a run as its file holds them: texts that must be there, and figures that may be
unusable.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.gate.usable import (
    LEAST,
    Unusable,
    described,
    image_size_of,
    is_number,
    number,
    numbers_of,
    of_kind,
)
from sdvbench.gate.verdict import Status
from sdvbench.metrics import positive
from sdvbench.report.fields import field, refuse

KINDS = ("records", "claims", "realtime", "roofline")
TEXTS: Mapping[str, tuple[str, ...]] = {  # which a report cannot do without
    "records": ("cell", "metric", "status", "reason", "change"),
    "claims": ("id", "text", "source", "hardware", "paper", "ours", "status", "reason"),
    "realtime": ("cell", "policy"),
    "roofline": ("cell", "bound"),
}
STATUSES: Mapping[str, tuple[str, ...]] = {
    "records": tuple(Status),
    "realtime": tuple(Status),
    "claims": ("CONFIRMED", "REFUTED", "NOT TESTABLE HERE"),
}
NAMED: Mapping[str, tuple[str, ...]] = {  # what may be there once only
    "records": ("cell", "metric"),
    "roofline": ("cell",),
}
ROOFLINE = (
    *("macs", "bytes", "seconds", "share"),
    *("peak_gmacs_per_s", "peak_gb_per_s", "roof_seconds"),
)
SCORES = ("sap", "rtia", "offline_map", "energy_mj_per_frame")  # a number, or null


def records(file: Path, run: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The records of each kind. One with a figure that cannot be used is, or becomes, a verdict
    that says so, among "records": INCONCLUSIVE where the run had said PASS.

    Raises ReportError, naming the part, where a text is missing, or a name comes twice.
    """
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    unusable = []
    for kind in KINDS:
        known = set()
        for place, record in enumerate(field(file, run, kind, list)):
            where = f"{kind}[{place}]"
            _check_texts(file, record, kind, where)
            name = tuple(record[part] for part in NAMED.get(kind, ()))
            if name and name in known:
                refuse(file, f"has two {kind} named {' '.join(name)!r}")
            known.add(name)
            try:
                CHECKS[kind](record)
            except Unusable as why:
                unusable.append(doubted(record, str(why), kind, where))
            else:
                found[kind].append(record)
    found["records"] += unusable
    return found


def doubted(record: Mapping[str, Any], why: str, kind: str, where: str = "") -> dict[str, Any]:
    """``record`` as a verdict that says why it could not be used, with what can still be shown."""
    status = record.get("status", Status.PASS)
    reason = f"could not be used: {why}"
    if "reason" in record:
        reason += f"; the run itself said {status}: {record['reason']}"
    values = record.get("shown")
    values = values.items() if isinstance(values, dict) else ()
    return {
        **(record if kind == "records" else {}),
        "cell": record["cell"],
        "metric": record.get("metric", "roofline" if kind == "roofline" else where),
        "shown": {name: value for name, value in values if _can_be_shown(name, value)},
        "status": Status.INCONCLUSIVE.value if status == Status.PASS else status,
        "reason": reason,
        "change": "",
    }


def _can_be_shown(name: str, value: Any) -> bool:
    """Whether ``value`` is a number that ``name`` may have: no time or memory is below zero."""
    return is_number(value) and (name not in positive() or value >= LEAST)


def _check_texts(file: Path, record: Any, kind: str, where: str) -> None:
    if not isinstance(record, dict):
        refuse(file, f"{where} is {described(record)}, not an object")
    for name in TEXTS[kind]:
        field(file, record, name, str, where)
    if "status" in record and kind in STATUSES:
        if record["status"] not in STATUSES[kind]:
            refuse(file, f"{where}.status is none of {', '.join(STATUSES[kind])}")
        field(file, record, "reason", str, where)
    if "cell" in record and kind != "claims":
        try:
            Cell.parse(record["cell"])
        except OptionError as error:
            refuse(file, f"{where}.cell: {error}")


def _check_figure(record: dict[str, Any]) -> None:
    image_size_of(record)
    numbers_of(record, "shown", positive())


def _check_claim(record: dict[str, Any]) -> None:
    """It holds texts alone."""


def _check_camera(record: dict[str, Any]) -> None:
    for name in ("rate_hz", "deadline_ms", "replayed_from_hz"):
        if name in record or name != "replayed_from_hz":
            number(record, name, LEAST)
    for name, least in (("frames", 1), ("misses", 0), ("dropped", 0)):
        of_kind(record, name, int)
        number(record, name, least)
    numbers_of(record, "jitter")
    numbers_of(record, "latency_ms")
    _check_list(record, "latencies_ms", dropped=True)
    _check_list(record, "miss_rate", 3)
    for name in SCORES:
        if record.get(name) is not None:
            number(record, name)
        if record.get(f"{name}_interval") is not None:
            _check_list(record, f"{name}_interval", 2)
    if "disturbed" in record:
        of_kind(record, "disturbed", str)


def _check_roofline(record: dict[str, Any]) -> None:
    for name in ROOFLINE:
        number(record, name, LEAST)
    number(record, "bandwidth_share", 0)


def _check_list(
    record: dict[str, Any], name: str, length: int | None = None, dropped: bool = False
) -> None:
    """dropped: whether null, a frame without a result, may be among the numbers."""
    values = of_kind(record, name, list)
    for place, value in enumerate(values):
        if not (is_number(value) or (dropped and value is None)):
            raise Unusable(f"{name}[{place}] is {described(value)}, not a finite number")
    if length is not None and len(values) != length:
        raise Unusable(f"{name} holds {len(values)} numbers, not {length}")


CHECKS = {
    "records": _check_figure,
    "claims": _check_claim,
    "realtime": _check_camera,
    "roofline": _check_roofline,
}
