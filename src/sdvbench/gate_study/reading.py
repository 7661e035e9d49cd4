"""Trials read back from the file of a study, a line of JSON each."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from sdvbench import json_text
from sdvbench.errors import OptionError
from sdvbench.gate.usable import LEAST, Unusable, described, number, of_kind
from sdvbench.gate.verdict import Status
from sdvbench.gate_study.antagonists import ANTAGONISTS
from sdvbench.gate_study.trial import CONTROLS, Trial

TEXTS = ("engine", "antagonist", "status", "code")
ANOTHER = "Name another file"


def read_trials(file: Path) -> Iterator[Trial]:
    """The trials in ``file``; none where there is no file, and not a last line that was cut off.

    Raises OptionError where another line is no trial.
    """
    data = file.read_bytes() if file.exists() else b""
    lines = json_text.text_of(data, file, OptionError, ANOTHER).splitlines()
    for place, line in enumerate(lines, 1):
        where = f"line {place} of {file}"
        try:
            content = json_text.parse(line, where, OptionError, ANOTHER)
        except OptionError as error:
            if place == len(lines) > 1:
                return
            problem = f"is no trial of this study: {error.problem}"
            raise OptionError(where, problem, ANOTHER) from error
        try:
            yield _trial(content)
        except Unusable as why:
            problem = f"is no trial of this study: {why}"
            raise OptionError(where, problem, ANOTHER) from None


def _trial(content: Any) -> Trial:
    """Raises Unusable, naming the field."""
    if not isinstance(content, dict):
        raise Unusable(f"it is {described(content)}, not an object")
    unknown = content.keys() - {field.name for field in fields(Trial)}
    if unknown:
        raise Unusable(f"{min(unknown)!r} is not known")
    for name in (*TEXTS, *(("reason",) if "reason" in content else ())):
        of_kind(content, name, str)
    for name, known in (("status", tuple(Status)), ("antagonist", tuple(ANTAGONISTS))):
        if content[name] not in known:
            raise Unusable(f"{name} is {content[name]!r}, none of {', '.join(known)}")
    number(content, "slow_down", 0)
    number(content, "pair_s", 0)
    if content.get("ratio", 0) is not None:
        number(content, "ratio", LEAST)
    _check_answer(content, "unconfirmed")
    for name in CONTROLS:
        _check_answer(of_kind(content, "controls", dict), name)
    return Trial(**content)


def _check_answer(holder: dict[str, Any], name: str) -> None:
    if not isinstance(holder.get(name), bool):
        raise Unusable(f"{name} is {described(holder.get(name))}, neither true nor false")
