"""Values of settings out of text: ValueError says what one is not."""

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

LONGEST_NAME = 255  # of one file or folder, in the usual file systems


def parts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or of a text with commas between."""
    given = value if isinstance(value, list) else [value]
    return tuple(part.strip() for each in given for part in str(each).split(","))


def path_of(value: Any) -> Path:
    """A path, with ~ as the home of a user; RuntimeError where there is no such user."""
    path = Path(value).expanduser()
    with suppress(OSError):  # it may be made later, or be relative to another folder
        path.lstat()  # ValueError: it holds a NUL
    if any(len(part) > LONGEST_NAME for part in path.parts):
        raise ValueError(f"has a name of more than {LONGEST_NAME} characters")
    return path


def each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """``values``, of which there must be one to measure, and none that would be measured twice."""
    if not values:
        raise ValueError("is empty")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"names {value} twice")
    return values


def real(value: Any, above: float, below: float = math.inf) -> float:
    """A number between the two, neither of which it may be."""
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not above < number < below:
        between = f"between {above} and {below}" if below < math.inf else f"above {above}"
        raise ValueError(f"is not a number {between}")
    return number


def positive(value: Any, least: int = 1) -> int:
    """A whole number of ``least`` or more."""
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < least:
        raise ValueError(f"is not a whole number of {least} or more")
    return number
