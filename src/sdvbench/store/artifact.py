"""What a store holds: artifacts, and what is told of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sdvbench.errors import StoreError
from sdvbench.store.canonical_json import encode, json_value


def recipe_key(recipe: Mapping[str, Any]) -> str:
    """The SHA-256 (hex) of a recipe's canonical JSON.

    The order of names does not matter, nor does tuple or list; 1, 1.0, True and "1" all differ.
    Raises StoreError, naming the place, for a value that JSON cannot hold.
    """
    if not isinstance(recipe, Mapping):
        raise StoreError("recipe", f"is a {type(recipe).__qualname__}, not a mapping")
    return hashlib.sha256(encode(json_value(recipe, "recipe"))).hexdigest()


@dataclass(frozen=True)
class Artifact:
    """The files of one build, verified when this object was made.

    key: SHA-256 (hex) of the recipe.
    folder: absolute; holds the files. To be read, never written.
    manifest: ``recipe``; ``files`` {name: {sha256, bytes}}; ``facts`` that the build returned;
        ``created`` (UTC, ISO 8601).
    built: True if this call built it, False if it came from the store.
    """

    key: str
    folder: Path
    manifest: Mapping[str, Any]
    built: bool

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, relative to ``folder``, sorted."""
        return tuple(sorted(self.manifest["files"]))

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(int(file["bytes"]) for file in self.manifest["files"].values())

    def path(self, name: str) -> Path:
        """Where the file ``name`` lies. Raises StoreError for one that is not in ``files``."""
        if name not in self.manifest["files"]:
            raise StoreError(name, "is no file of this artifact", f"It has {', '.join(self.files)}")
        return self.folder / name


@dataclass(frozen=True)
class Entry:
    """One artifact as it lies in the store, unverified.

    bytes: of all its files. recipe: None where the manifest is damaged.
    last_used: when it was last built or returned by ``get_or_build`` (UTC); on a store without
        write permission, when it was built.
    """

    key: str
    bytes: int
    recipe: Mapping[str, Any] | None
    last_used: datetime


@dataclass(frozen=True)
class Usage:
    """What a store holds.

    artifacts, bytes: their number and size. unfinished_bytes: builds under way or left by killed
    processes. free_bytes: what this user may still write on the file system.
    """

    root: Path
    artifacts: int
    bytes: int
    unfinished_bytes: int
    free_bytes: int
