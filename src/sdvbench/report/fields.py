"""The parts of a run's file that a report cannot do without: there, and of the right kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from sdvbench.errors import ReportError

RERUN = "Write it again with `pytest perf accuracy --benchmark-json=FILE`"
NAMES: Mapping[type, str] = {str: "text", list: "a list", dict: "an object"}


def field(
    file: Path,
    holder: Mapping[str, Any],
    name: str,
    kind: type,
    where: str = "",
    of: type | None = None,
) -> Any:
    """``holder[name]``, of ``kind``; of: what each of its values must be. Raises ReportError."""
    value, full = holder.get(name), f"{where}.{name}" if where else name
    if not isinstance(value, kind):
        refuse(file, f"{full} is not {NAMES[kind]}" if name in holder else f"has no {full}")
    if of is not None:
        inside: Any = value
        for key, each in inside.items() if isinstance(value, dict) else enumerate(inside):
            if not isinstance(each, of):
                refuse(file, f"{full}.{key} is not {NAMES[of]}")
    return value


def refuse(file: Path, problem: str) -> NoReturn:
    raise ReportError(file, problem, RERUN)
