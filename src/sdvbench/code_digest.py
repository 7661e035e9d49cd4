"""What makes two versions of the code that builds an artifact the same, for the store's keys."""

import hashlib
import inspect
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def code_digest(*names: str) -> str:
    """sha256 hex over the sources of modules or packages, so that an edit makes new artifacts."""
    digest = hashlib.sha256()
    for name in names:
        found = find_spec(name)
        places = found.submodule_search_locations if found else None
        files = sorted(f for place in places or () for f in Path(place).rglob("*.py"))
        for file in files or ([Path(found.origin)] if found and found.origin else []):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def code_of(implementation: object) -> str:
    """``code_digest`` of the module that defines a class or function."""
    module = inspect.getmodule(implementation)
    return code_digest(module.__name__) if module else ""
