"""The categories of a file in COCO's format: ids, names, and which of them are classes."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sdvbench.datasets.mapping import mapped_aliases, merge
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError, OptionError

LONGEST_NUMBER = 400  # digits; longer ids are sorted as text
ROOTS = "categories only group others, have no object and are no class"


@dataclass(frozen=True)
class Categories:
    """names: the classes. index_of: by category id, the class's index; None where it is left out by
    a map. aliases: other names for the classes.
    """

    names: tuple[str, ...]
    index_of: Mapping[str, int | None]
    aliases: Mapping[str, str]


def identifier(value: Any, where: str, key: str) -> str:
    """An id as text: files give one thing's id as 7, as 7.0 and as "7"."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise DatasetError(where, f"{key} is {repr(value)[:40]}, not an id", "Correct the entry")


def read_categories(
    entries: Sequence[dict[str, Any]],
    path: object,
    used: Set[str],
    targets: Mapping[str, str],
    tally: Tally,
) -> Categories:
    """The classes in the order of their ids.

    used: the ids that annotations name. targets: new names by old ones, as ``parse_map`` gives.
    """
    names: dict[str, str] = {}
    for position, entry in enumerate(entries):
        where, name = f"{path}, categories[{position}]", entry.get("name")
        key = identifier(entry.get("id"), where, "id")
        if not isinstance(name, str) or not name:
            raise DatasetError(where, f"name is {repr(name)[:40]}, not text", "Correct the entry")
        if key in names:
            raise DatasetError(where, f"id {key[:40]} is not unique", "Give each category its own")
        names[key] = name
    for key in _roots(names, entries):
        if key not in used and names[key] not in targets:
            tally.add("changed", ROOTS, names.pop(key))
    names = dict(sorted(names.items(), key=_by_number))
    name, count = max(Counter(names.values()).items(), key=itemgetter(1), default=("", 0))
    if count > 1:
        problem = f"names {count} categories {name[:40]!r}"
        raise DatasetError(path, problem, "Give each category a name of its own")
    _check(targets, names.values(), path)
    if not names:
        return Categories((), {}, {})
    merged = merge(tuple(names.values()), targets)
    index_of = dict(zip(names, merged.index_of, strict=True))
    return Categories(merged.classes, index_of, mapped_aliases({}, [*names.values()], targets))


def _roots(names: Mapping[str, str], entries: Sequence[dict[str, Any]]) -> list[str]:
    """The ids of categories that others call theirs, and that belong to none of them."""
    above = [str(entry.get("supercategory")) for entry in entries]
    named, calls = Counter(names.values()), Counter(above)
    return [
        key
        for (key, name), own in zip(names.items(), above, strict=True)
        if calls[name] > (own == name) and named[own] == (own == name)
    ]


def _by_number(item: tuple[str, str]) -> tuple[bool, int, str]:
    key = item[0]
    is_number = len(key) < LONGEST_NUMBER and key.removeprefix("-").isdecimal()
    return not is_number, int(key) if is_number else 0, key


def _check(targets: Mapping[str, str], known: Any, path: object) -> None:
    for name in targets:
        if name not in known:
            problem = f"maps {name!r}, which is not a category of {path}"
            raise OptionError("the option map", problem, f"Choose from {', '.join(known)[:400]}")
