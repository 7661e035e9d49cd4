"""JSON as people's files hold it: from bytes to values, or to one error that names the file."""

import json
import re
from pathlib import Path
from typing import Any

from sdvbench.errors import SdvbenchError

GZIP = b"\x1f\x8b"  # how such files begin
DEEPEST = 100  # levels; no file of figures or labels comes near, and Python's own limit is 1,000
LONGEST = 300  # digits of a whole number that a float can still hold
HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # may be one half of a surrogate pair
ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"  # a whole pair
    r"|(?P<half>u[dD][89a-fA-F][\da-fA-F]{2})|.)",
    re.DOTALL,
)


def read(file: Path, error: type[SdvbenchError], remedy: str = "") -> Any:
    """``decode`` of what ``file`` holds. Raises ``error`` also where it cannot be read."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise error(file, f"cannot be read ({why})", remedy) from problem
    return decode(data, file, error, remedy)


def decode(data: bytes, thing: object, error: type[SdvbenchError], remedy: str = "") -> Any:
    """The JSON value in ``data``: UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    NaN and Infinity are read as Python writes them. A whole number of 300 digits or more becomes a
    float, mostly an infinite one. Half of a surrogate pair, which no file or terminal could show,
    becomes the text of its escape, as in "\\ud800".
    Raises ``error`` of ``thing`` with ``remedy`` where ``data`` is no JSON, repeats a name within
    one object, or is nested more than 100 levels deep.
    """
    return parse(text_of(data, thing, error, remedy), thing, error, remedy)


def text_of(data: bytes, thing: object, error: type[SdvbenchError], remedy: str = "") -> str:
    """JSON, or lines of JSON, as text. Raises ``error`` where it is compressed, or in none of
    Unicode's encodings.
    """
    if data.startswith(GZIP):
        raise error(thing, "is compressed by gzip", "Unpack it first, for example with gunzip")
    try:
        # In JSON the first character is ASCII, so the zero bytes around it tell the encoding.
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as problem:
        where = f"byte {data[problem.start]:#04x} at {problem.start}"
        raise error(thing, f"is not text in UTF-8 or UTF-16 ({where})", remedy) from problem


def parse(text: str, thing: object, error: type[SdvbenchError], remedy: str = "") -> Any:
    """As ``decode``."""
    if not text.strip():
        raise error(thing, "is empty", remedy)
    if HALF_PAIR.search(text):
        text = ESCAPE.sub(_whole, text)
    try:
        value = json.loads(text, parse_int=_integer, object_pairs_hook=_object)
        if _is_deep(value):
            raise RecursionError
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise error(thing, f"is not JSON: {problem.msg} ({where})", remedy) from problem
    except Repeated as problem:
        raise error(thing, f"repeats the name {problem} within one object", remedy) from None
    except RecursionError:
        raise error(thing, f"is nested more than {DEEPEST} levels deep", remedy) from None
    return value


class Repeated(Exception):  # noqa: N818 - internal to this file
    """A name that an object has twice, of which ``json`` would keep the last without a word."""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < LONGEST else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Repeated(repr(name))
        found[name] = value
    return found


def _whole(escape: re.Match[str]) -> str:
    half = escape["half"]
    return f"\\\\{half}" if half else escape[0]


def _is_deep(value: Any) -> bool:
    """Whether ``value`` is nested beyond DEEPEST, found level by level, without recursion."""
    level = [value] if isinstance(value, (list, dict)) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for holder in level
            for inner in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(inner, (list, dict))
        ]
    return bool(level)
