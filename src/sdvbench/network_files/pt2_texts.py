"""Texts in the JSON of a torch.export program, each of the kind that its place asks for.

torch builds Python code from a program: names become names in it, sizes are evaluated, operators
are looked up by attributes from ``torch`` on. A place that is not known here may hold no text.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import damaged, refuse_operators
from sdvbench.network_files.pt2_archive import AGAIN, PLAIN
from sdvbench.network_files.pt2_expressions import ExpressionError, size_text
from sdvbench.network_files.pt2_operators import is_standard

LONGEST_NAME = 400
# Of a weight: "model.0.conv.weight"; no attribute of Python's own, such as __class__.
PLACE = re.compile(r"(?!__)[\w-]+(\.(?!__)[\w-]+)*")


def _is_name(text: str) -> bool:
    return text.isidentifier() and len(text) <= LONGEST_NAME


def _is_place(text: str) -> bool:
    return PLACE.fullmatch(text) is not None


def _is_size(text: str) -> bool:
    try:
        return bool(size_text(text))
    except ExpressionError:
        return False


def _is_no_number(text: str) -> bool:
    return text in ("Infinity", "-Infinity", "NaN")


def _is_anything(text: str) -> bool:
    return True


# What a text may be, by its key in the JSON. Text that operators take stays text, in quotes.
TEXTS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("name", "as_name", "user_input_name", "type", "verifiers"), _is_name),
    **dict.fromkeys(("parameter_name", "buffer_name", "tensor_constant_name"), _is_place),
    **dict.fromkeys(("as_string", "as_strings", "torch_version"), _is_anything),
    **dict.fromkeys(("as_float", "as_floats", "as_float_lists", "real", "imag"), _is_no_number),
    **dict.fromkeys(("target", "as_operator"), _is_anything),  # checked with its node
    "expr_str": _is_size,
}


def checked_texts(path: Path, value: Any, key: str) -> Any:
    """``value`` without notes for debugging. Raises NetworkFileError for text in a wrong place."""
    if isinstance(value, list):
        return [checked_texts(path, inner, key) for inner in value]
    if isinstance(value, str):
        # Operators whose arguments have no names leave these empty.
        if not (key in TEXTS and (TEXTS[key](value) or (key == "name" and not value))):
            damaged(path, f"{value[:100]!r} cannot be a text under {key[:40]!r}", AGAIN)
        return value
    if not isinstance(value, dict):
        return value
    if {"as_custom_obj", "custom_obj"} & value.keys():
        problem = "takes an object of a class of its own, which could run any code"
        raise NetworkFileError(path, problem, PLAIN)
    for operator in (value.get("target"), value.get("as_operator")):
        if isinstance(operator, str) and not is_standard(operator):
            name = str(value.get("name") or "")
            refuse_operators(path, [(name, f"the operator {operator[:100]!r}")])
    return {name: _checked_entry(path, inner, name) for name, inner in value.items()}


def _checked_entry(path: Path, value: Any, name: str) -> Any:
    if not _is_name(name):
        damaged(path, f"{name[:100]!r} cannot be a name", AGAIN)
    if name in ("metadata", "treespec_namedtuple_fields") and _is_note(value):
        return {}
    return checked_texts(path, value, name)


def _is_note(value: Any) -> bool:
    """Whether it is a note, and not the description of a tensor of that name."""
    return isinstance(value, dict) and "dtype" not in value
