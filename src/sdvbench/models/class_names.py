"""Reading the class names beside the weights, in the forms in which training scripts keep them."""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from sdvbench.errors import CheckpointError
from sdvbench.models.numpy_pickles import Array
from sdvbench.models.places import LIVE, averaged_places
from sdvbench.models.stand_ins import Named, Shell, as_mapping, plain

NAMES = ("names", "class_names", "classes", "CLASSES", "class_to_idx", "idx_to_class")
COUNTS = ("classes", "CLASSES")  # which may as well tell how many there are
BESIDE_THE_NAMES = ("meta", "dataset_meta", "model", "module", "_orig_mod", "ema")
DEEPEST = 4
LARGE = 10**9  # no class has such a number, and Python refuses to print the largest
REMEDY = "Save it as a list of names in the order of the outputs, or as {0: name, 1: name, ...}"


class _UnreadableError(Exception):
    """The text says what an entry holds instead of names."""


def class_names(
    path: Path, content: object, place: str = "", depth: int = 0, seen: set[int] | None = None
) -> tuple[str, ...] | None:
    """The class names in the first entry that has any; None where ``content`` has no such entry.

    seen: what is looked into already, since a file may put the same thing into many places.
    Raises CheckpointError where there is one that cannot be read: without the names, the classes
    would be taken to be in the data set's order.
    """
    entries = as_mapping(content)
    seen = set() if seen is None else seen
    if entries is None or depth == DEEPEST or id(content) in seen:
        return None
    seen.add(id(content))
    for key in NAMES:
        value = entries.get(key)
        if not _is_empty(value) and not (key in COUNTS and isinstance(plain(value), int | float)):
            return _read(path, f"{place}{key}", value)
    modules = entries.get("_modules")
    for inside in (entries, modules if isinstance(modules, dict) else {}):
        for key in (*BESIDE_THE_NAMES, *averaged_places(inside), *LIVE):
            found = class_names(path, inside.get(key), f"{place}{key}.", depth + 1, seen)
            if found is not None:
                return found
    return None


def names_in_metadata(path: Path, metadata: Mapping[str, str]) -> tuple[str, ...] | None:
    """The class names in the metadata of a .safetensors file, whose entries are all text: JSON,
    what Python prints for a list or dictionary, or a name a line, as ``save_model`` writes them.
    """
    told = {key: metadata[key] for key in NAMES if key in metadata}
    counts = [key for key in COUNTS if _is_number(told.get(key, "").strip())]
    return class_names(path, {k: _from_text(text) for k, text in told.items() if k not in counts})


def _from_text(text: str) -> Any:
    told = text.strip()
    for parse in (json.loads, ast.literal_eval) if told.startswith(("[", "{", "(")) else ():
        try:
            return parse(told)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    return text.split("\n") if text else None


def _is_empty(value: object) -> bool:
    """Whether an entry says nothing; a tensor only happens to be called so."""
    held = value if isinstance(value, Array) else plain(value)
    return held is None or isinstance(held, Tensor) or held in ("", [], (), {})


def _read(path: Path, entry: str, value: object) -> tuple[str, ...]:
    try:
        return _names(value)
    except _UnreadableError as error:
        problem = f"its entry {entry!r} cannot be read as class names: it holds {error}"
        raise CheckpointError(path, problem, REMEDY) from None


def _names(value: object) -> tuple[str, ...]:
    held = plain(value)
    if isinstance(held, Shell) and held.entries:
        held = held.entries
    if isinstance(held, dict):
        held = _in_order([(_text(plain(k)), plain(v)) for k, v in held.items()])
    if not isinstance(held, list | tuple) or not held:
        raise _UnreadableError(_kind(value))
    return tuple(str(_text(plain(name))) for name in held)


def _in_order(entries: Sequence[tuple[str | int, Any]]) -> list[Any]:
    """The names of {number: name} or {name: number}, whose numbers begin at 0 or at 1."""
    keys, values = [key for key, _ in entries], [value for _, value in entries]
    names_first = all(isinstance(key, str) for key in keys) and (
        all(type(value) is int for value in values) or not any(map(_is_number, keys))
    )
    pairs = list(zip(values, keys, strict=True) if names_first else entries)
    by_number = {int(n): name for n, name in pairs if type(n) is int or _is_number(n)}
    first = min(by_number, default=0)
    # Numbers from 1 leave out nothing: whether there is an output more is checked with the others.
    if first not in (0, 1) or by_number.keys() != set(range(first, first + len(pairs))):
        numbers = ", ".join(_shown(number) for number, _ in pairs[:5])
        raise _UnreadableError(
            f"a dictionary whose numbers ({numbers}{', ...' if len(pairs) > 5 else ''}) "
            "do not count from 0 or from 1 without a gap"
        )
    return [by_number[number] for number in sorted(by_number)]


def _is_number(text: object) -> bool:
    return isinstance(text, str) and len(text) < 6 and text.isascii() and text.isdigit()


def _text(name: object) -> str | int:
    """``name`` as text, also of bytes; a number as it is."""
    if isinstance(name, bytes | bytearray):
        try:
            return bytes(name).decode()
        except UnicodeDecodeError:
            raise _UnreadableError("bytes that are no text in UTF-8") from None
    if isinstance(name, str) or (type(name) is int and abs(name) < LARGE):
        return name
    raise _UnreadableError(f"{_kind(name)} where a name should be")


def _shown(number: object) -> str:
    short = isinstance(number, str) or (type(number) is int and abs(number) < LARGE)
    return str(number)[:20] if short else _kind(number)


def _kind(value: object) -> str:
    if isinstance(value, Shell | Named):
        return f"a {value.named.full if isinstance(value, Shell) else value.full}"
    known = {Array: "an array of objects", str: "text", dict: "a dictionary", list: "a list"}
    return known.get(type(value), f"a value of type {type(value).__name__}")
