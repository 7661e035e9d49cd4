"""Findings: what became of a claim here, and the figures that say so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sdvbench.cells import Gap
from sdvbench.tables import first_of

AGAIN = "run it again when the machine is quiet"


class Status(StrEnum):
    """NOT TESTABLE HERE is never shown as CONFIRMED."""

    CONFIRMED = "CONFIRMED"
    REFUTED = "REFUTED"
    NOT_TESTABLE = "NOT TESTABLE HERE"


@dataclass(frozen=True)
class Part:
    """What one pair says of a claim that names several.

    holds: None where that cannot be told here. told: the figures with their interval, or what is
    missing. name, figure, value: of it, for tables; no figure where nothing was measured.
    enable: what would tell, where it cannot be told.
    """

    holds: bool | None
    told: str
    name: str = ""
    figure: str = ""
    value: float = 0.0
    enable: str = ""


@dataclass(frozen=True)
class Finding:
    """reason: one sentence. ours: our figure, for tables; empty where there is none."""

    status: Status
    reason: str
    ours: str = ""


def gone(name: object, gap: Gap) -> Part:
    """The part of what cannot be had here."""
    return Part(None, gap.missing, str(name), enable=gap.enable)


def reaches(low: float, high: float, limit: float) -> bool | None:
    """Whether the interval from ``low`` to ``high`` reaches ``limit``; None where it holds it."""
    if low >= limit:
        return True
    return False if high < limit else None


def every(parts: Sequence[Part]) -> Finding:
    """A claim that each part must bear out: one that does not refutes it, measured the others or
    not; one that cannot be told leaves it open.
    """
    holds = [part.holds for part in parts]
    status = Status.NOT_TESTABLE
    if False in holds:
        status = Status.REFUTED
    elif all(holds):
        status = Status.CONFIRMED
    return Finding(status, _reason(parts, status), ", ".join(map(_figure, _measured(parts))))


def best(parts: Sequence[Part]) -> Finding:
    """An "up to" claim: one part that reaches it confirms it, and only all of them refute it."""
    holds = [part.holds for part in parts]
    status = Status.NOT_TESTABLE
    if True in holds:
        status = Status.CONFIRMED
    elif None not in holds:
        status = Status.REFUTED
    most = max(_measured(parts), key=lambda part: part.value, default=None)
    return Finding(status, _reason(parts, status), _figure(most) if most else "")


def about(finding: Finding, what: str) -> Finding:
    """``finding``, with ``what`` was measured before its figures."""
    return replace(finding, reason=f"{what}: {finding.reason}") if finding.ours else finding


def _measured(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.figure]


def _figure(part: Part) -> str:
    return f"{part.name} {part.figure}"


def _reason(parts: Sequence[Part], status: Status) -> str:
    """What decided first, then what else is known; what is missing last, for it may be long."""
    decisive = {Status.CONFIRMED: True, Status.REFUTED: False}.get(status)
    first = [part for part in parts if part.figure and part.holds is decisive]
    rest = [part for part in parts if part.figure and part.holds is not decisive]
    told = [part.told for part in (*first, *rest)]
    if status is not Status.NOT_TESTABLE:
        return "; ".join(told)
    missing: dict[str, list[str]] = {}
    for part in parts:
        if part.holds is None and not part.figure:
            missing.setdefault(part.told, []).append(part.name)
    if len(missing) == 1 and not told:  # in words that other claims share
        told = list(missing)
    else:
        told += [f"{first_of(names)}: {gap}" for gap, names in missing.items()]
    ways = dict.fromkeys(part.enable for part in parts if part.holds is None)
    return f"{'; '.join(told)}; to enable: {'; and '.join(ways)}"
