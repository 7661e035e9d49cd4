"""One TOML file laid over another, key by key."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sdvbench.defaults import FOLDER
from sdvbench.errors import BaselineError


def read_toml(file: Path) -> dict[str, Any]:
    """The content of ``file``. Raises BaselineError, naming it, where it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise BaselineError(file, "there is no such file", "Check the path") from error
    except (OSError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, or not TOML
        raise BaselineError(file, f"cannot be read as TOML ({error})", "Fix the file") from error


def default(name: str) -> dict[str, Any]:
    """The content of the file ``name`` that comes with sdvbench."""
    return read_toml(FOLDER / name)


def laid_over(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with the keys of ``own`` in their place, tables merged likewise.

    Keys of ``own`` come first, so that its patterns decide before those of ``base``.
    """
    both = dict(own)
    for key, value in base.items():
        mine = both.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            both[key] = laid_over(mine, value)
        else:
            both.setdefault(key, value)
    return both
