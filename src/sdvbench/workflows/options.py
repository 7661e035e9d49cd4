"""Options of workflows: which there are, and what they may be."""

from collections.abc import Mapping
from typing import Any

from sdvbench.errors import OptionError

# What an option may be: one of some words, a whole number of at least 1, or true and false.
Kind = tuple[str, ...] | type[int] | type[bool]


def checked(workflow: str, kinds: Mapping[str, Kind], options: Mapping[str, Any]) -> None:
    """Raises OptionError, naming the option and what it may be."""
    for name, value in options.items():
        kind = _kind(workflow, kinds, name)
        right = value in kind if isinstance(kind, tuple) else type(value) is kind
        if not right or (kind is int and value < 1):
            told = f"{workflow}.{name}={value}"
            raise OptionError(f"option {told}", "is not possible", f"Use {_choice(kind)}")


def read(workflow: str, kinds: Mapping[str, Kind], name: str, text: str) -> Any:
    """The value that ``text`` stands for. Raises OptionError."""
    kind = _kind(workflow, kinds, name)
    value: Any = text
    if kind is bool:
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif kind is int and text.isdecimal():
        value = int(text)
    checked(workflow, kinds, {name: value})
    return value


def _kind(workflow: str, kinds: Mapping[str, Kind], name: str) -> Kind:
    if name not in kinds:
        remedy = f"Choose from {', '.join(kinds)}" if kinds else "It takes none"
        raise OptionError(f"option {name!r} of {workflow}", "is not known", remedy)
    return kinds[name]


def _choice(kind: Kind) -> str:
    if isinstance(kind, tuple):
        return ", ".join(kind)
    return "true or false" if kind is bool else "a whole number of at least 1"
