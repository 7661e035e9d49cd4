"""What makes two versions of the code that builds an artifact the same, for the store's keys."""

import hashlib
import inspect
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sdvbench.errors import BuildError


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
    """``code_digest`` of the module that defines a class or function, or sha256 hex of its file
    where Python does not know how to find that module again, as of a script that is run.

    Raises BuildError where there is no file, as in a notebook: edits would change nothing.
    """
    module = inspect.getmodule(implementation)
    if getattr(module, "__spec__", None):
        return code_digest(module.__name__)  # type: ignore[union-attr]
    try:
        file = Path(inspect.getsourcefile(implementation) or "")  # type: ignore[arg-type]
        return hashlib.sha256(file.name.encode() + file.read_bytes()).hexdigest()
    except (TypeError, OSError) as error:
        name = getattr(implementation, "__qualname__", repr(implementation))
        problem = "has no source file, by which an edit of it would be noticed"
        raise BuildError(name, problem, "Put it into a module, and import it") from error


def code_with_bases(implementation: object) -> list[str]:
    """``code_of`` a function, or of a class and what it derives from, without Python's own."""
    classes = getattr(implementation, "__mro__", (implementation,))
    named = {each.__module__: each for each in classes}
    own = (n for n in named if n.partition(".")[0] not in sys.stdlib_module_names)
    return [code_of(named[name]) for name in own]
