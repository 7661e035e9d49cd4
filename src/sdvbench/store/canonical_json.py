"""Plain JSON in one spelling, so that equal values have equal bytes."""

import json
import math
from collections.abc import Mapping
from typing import Any

from sdvbench.errors import StoreError


def json_value(value: object, what: str) -> Any:
    """A copy of ``value`` in plain JSON types: tuples become lists, subclasses their base types.

    what: how messages call the value, for example "recipe".
    Raises StoreError, naming the place inside the value, for anything that JSON cannot hold.
    """
    try:
        plain = _plain(value, what)
        encode(plain)  # integers of thousands of digits are only refused here
    except (RecursionError, ValueError) as error:
        raise StoreError(what, f"cannot be written as JSON ({error})") from error
    return plain


def _plain(value: object, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = str.__str__(value)  # the characters, where an enum's str() would give its name
        text.encode()  # lone surrogates would make different texts equal once escaped
        return text
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StoreError(where, f"{float(value)} is not JSON", "Leave it out or name it")
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise StoreError(where, f"the name {name!r} is not a string", "Use strings")
        return {_plain(n, where): _plain(item, f"{where}[{n!r}]") for n, item in value.items()}
    raise StoreError(
        where,
        f"a {type(value).__qualname__} is not JSON",
        "Give strings, numbers, booleans, None, lists or dictionaries, or a digest of it",
    )


def encode(plain: Any) -> bytes:
    """The one canonical spelling of plain JSON: sorted names, no blanks, UTF-8, no NaN."""
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
