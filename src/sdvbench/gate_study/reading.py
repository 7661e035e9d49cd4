"""Trials read back from the file of a study, a line of JSON each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sdvbench import json_text
from sdvbench.errors import OptionError
from sdvbench.gate_study.antagonists import ANTAGONISTS
from sdvbench.gate_study.trial import CONTROLS, Trial
from sdvbench.typed_json import Unusable, read

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
    trial = read(Trial, content)
    if trial.antagonist not in ANTAGONISTS:
        known = ", ".join(ANTAGONISTS)
        raise Unusable(f"antagonist is {trial.antagonist!r}, none of {known}")
    for name in CONTROLS:
        if name not in trial.controls:
            raise Unusable(f"controls.{name} is missing")
    return trial
