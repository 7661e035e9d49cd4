"""What makes two versions of the code that builds an artifact the same, for the store's keys."""

import hashlib
import inspect
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def code_digest(*names: str, without: tuple[str, ...] = ()) -> str:
    """sha256 hex over the sources of modules or packages, so that an edit makes new artifacts.

    without: modules of these packages that are left out.
    Raises ModuleNotFoundError for a name of ``names`` without sources, such as that of a package
    that has moved: its edits would otherwise change nothing, without a word.
    """
    digest = hashlib.sha256()
    left_out = {file for name in without for file in _sources(name)}
    for name in names:
        files = _sources(name)
        if not files:
            raise ModuleNotFoundError(f"no source of {name}, of which a digest is asked", name=name)
        for file in files:
            if file not in left_out:
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _sources(name: str) -> list[Path]:
    """The file of a module, or those of a package; none of one that is not there."""
    found = find_spec(name)
    places = found.submodule_search_locations if found else None
    files = sorted(f for place in places or () for f in Path(place).rglob("*.py"))
    return files or ([Path(found.origin)] if found and found.origin else [])


def code_of(implementation: object) -> str:
    """``code_digest`` of the module that defines a class or function."""
    module = inspect.getmodule(implementation)
    return code_digest(module.__name__) if module else ""
