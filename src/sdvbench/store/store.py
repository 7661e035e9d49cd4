"""The store itself: looking up, building, removing."""

import logging
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from sdvbench.durable import sync_folder
from sdvbench.errors import StoreError
from sdvbench.store.artifact import Artifact, Entry, Usage, recipe_key
from sdvbench.store.canonical_json import json_value
from sdvbench.store.disk_errors import explained, explanation, free_bytes, is_about
from sdvbench.store.sealed_folder import (
    MANIFEST,
    Damage,
    Fingerprint,
    listing,
    read_manifest,
    seal,
    verify,
)

Build = Callable[[Path], Mapping[str, Any] | None]

log = logging.getLogger("sdvbench.store")

_WAIT_UNTOLD_S = 1.0
_BESIDE = ".beside-"
_KEY = re.compile(r"[0-9a-f]{64}")


class Store:
    """Artifacts below one folder, shared by any number of threads and processes.

    root: made when first written to; by default ``SDVBENCH_CACHE``, else the user's cache folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        chosen = root or os.environ.get("SDVBENCH_CACHE") or user_cache_path("sdvbench")
        # Absolute now, because a build or a test may change the working directory.
        self.root = Path(chosen).expanduser().absolute()
        self._trusted: dict[Path, Fingerprint] = {}

    def get_or_build(self, recipe: Mapping[str, Any], build: Build) -> Artifact:
        """The artifact of ``recipe``: from the store if it is there and whole, else built now.

        build: writes its files into the empty folder it is given and may return facts (JSON) for
            the manifest. It must not ask the store for the same recipe.
        Of several threads or processes that ask at once, one builds and the others wait for it.
        Raises StoreError where the store cannot be written or the build left no file; errors of
        ``build`` pass unchanged. Either way nothing is left in place.
        """
        key = recipe_key(recipe)
        with suppress(Damage):  # judged again under the lock: another process may be replacing it
            if found := self._look_up(key):
                return self._touched(found)
        with self._locked(key):
            try:
                if found := self._look_up(key):
                    return self._touched(found)
            except Damage as damage:
                log.warning("artifact %s is damaged: %s; building it again", key, damage)
            return self._build(key, json_value(recipe, "recipe"), build)

    def find(self, key_or_recipe: str | Mapping[str, Any]) -> Artifact | None:
        """The artifact if it is in the store and whole, else None; writes nothing, takes no lock.

        Raises StoreError for a key that is not one, and where reading is not permitted.
        """
        key = key_or_recipe if isinstance(key_or_recipe, str) else recipe_key(key_or_recipe)
        try:
            return self._look_up(key)
        except Damage as damage:
            log.warning("artifact %s is damaged: %s", key, damage)
            return None

    def check_writable(self) -> None:
        """Raises StoreError where nothing could be built into it. One that may only be read, and
        holds artifacts, is another matter: it serves those.
        """
        with self._explained():
            if next(self._folders(), None) is None:
                self.root.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=self.root):
                    pass

    def remove(self, key: str) -> bool:
        """Remove an artifact and leftovers of its key; False if there was none.

        Raises StoreError.
        """
        place = self._place(key)
        if not os.path.lexists(place.parent):
            return False
        with self._locked(key), self._explained():
            there = os.path.lexists(place)
            self._clear(place)
            return there

    def sweep(self) -> int:
        """Remove what killed builds have left behind, and return its size in bytes. A build under
        way holds its lock and is left alone. Raises StoreError.
        """
        swept_bytes = 0
        for folder, size_bytes, _ in self._folders():
            key = folder.name.partition(".")[0]
            if folder.name == key or not _KEY.fullmatch(key):
                continue
            if _BESIDE in folder.name and folder.with_name(key).exists():
                continue
            lock = FileLock(self.root / "locks" / f"{key}.lock")
            with self._explained(), suppress(Timeout), lock.acquire(timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
                swept_bytes += size_bytes
        return swept_bytes

    def entries(self) -> Iterator[Entry]:
        """All artifacts by key, their content unverified. Raises StoreError."""
        for folder, size_bytes, used in self._folders():
            if _KEY.fullmatch(folder.name):
                recipe = None
                with suppress(Damage, OSError):
                    recipe = read_manifest(folder)["recipe"]
                yield Entry(folder.name, size_bytes, recipe, used)

    def usage(self) -> Usage:
        """What the store holds and what room is left. Raises StoreError."""
        artifacts = kept_bytes = unfinished_bytes = 0
        for folder, size_bytes, _ in self._folders():
            is_artifact = bool(_KEY.fullmatch(folder.name))
            artifacts += is_artifact
            if is_artifact or _BESIDE in folder.name:
                kept_bytes += size_bytes
            else:
                unfinished_bytes += size_bytes
        return Usage(self.root, artifacts, kept_bytes, unfinished_bytes, free_bytes(self.root))

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise StoreError(f"key {key!r}", "is not a SHA-256 in lower-case hex")
        return self.root / key[:2] / key

    def _look_up(self, key: str) -> Artifact | None:
        """The verified artifact or None if there is none. Raises Damage, StoreError."""
        place = self._place(key)
        with self._explained():
            while identity := _identity(place):
                try:
                    return Artifact(key, place, self._verified(place), built=False)
                except Damage:
                    if _identity(place) == identity:  # else replaced while it was being read
                        raise
        return None

    def _verified(self, place: Path) -> dict[str, Any]:
        manifest = verify(place, self._trusted)
        if recipe_key(manifest["recipe"]) != place.name:
            raise Damage(f"{MANIFEST} belongs to another artifact")
        return manifest

    def _touched(self, artifact: Artifact) -> Artifact:
        with suppress(OSError):  # last use is a courtesy; a read-only store works without
            os.utime(artifact.folder)
        return artifact

    def _build(self, key: str, recipe: Any, build: Build) -> Artifact:
        """Build under the key's lock, which the caller holds."""
        place = self._place(key)
        scratch = place.with_name(f"{key}.building-{uuid.uuid4().hex}")
        with self._explained():
            self._clear(place)
            scratch.mkdir(parents=True)
        started = time.monotonic()
        try:
            facts = self._built(build, scratch)
            with self._explained():
                manifest = seal(scratch, recipe, json_value(facts, "facts"))
                scratch.rename(place)
                sync_folder(place.parent)
                sync_folder(self.root)  # place.parent may be new, too
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        log.info("artifact %s built in %.1f s", key, time.monotonic() - started)
        return Artifact(key, place, manifest, built=True)

    def _built(self, build: Build, scratch: Path) -> Mapping[str, Any]:
        try:
            facts = build(scratch)
        except OSError as error:
            if is_about(error, scratch):
                raise explanation(self.root, error) from error
            raise
        if facts is not None and not isinstance(facts, Mapping):
            raise StoreError("facts", f"the build returned a {type(facts).__qualname__}")
        return facts or {}

    def _clear(self, place: Path) -> None:
        """Remove a (damaged) artifact and leftovers of its key, under its lock. Raises OSError."""
        if os.path.lexists(place):
            # Renamed first: a reader, or whoever comes after a kill, never meets half of it.
            place.rename(place.with_name(f"{place.name}.discarded-{uuid.uuid4().hex}"))
        for leftover in place.parent.glob(f"{place.name}.*"):
            if ".building-" in leftover.name:
                log.warning("removing %s, left behind by a build that was killed", leftover)
            if leftover.is_dir() and not leftover.is_symlink():
                # What a killed build's orphan still writes there may stay; it is in nobody's way.
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink()

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        folder = self.root / "locks"
        # The kernel drops this lock with its process: a lock file that was left means nothing.
        lock = FileLock(folder / f"{key}.lock")
        with self._explained():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=_WAIT_UNTOLD_S)
            except Timeout:
                log.warning("waiting for another process or thread to build artifact %s", key)
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.root)

    def _folders(self) -> Iterator[tuple[Path, int, datetime]]:
        """Artifacts and leftovers with bytes and time; what vanishes meanwhile is left out."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]/*")):
            with self._explained():
                try:
                    size_bytes = sum(status.st_size for status in listing(folder).values())
                    used = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
                except (FileNotFoundError, NotADirectoryError):
                    continue
            yield folder, size_bytes, used


def beside(artifact: Path, name: str) -> Path:
    """A folder, made by whoever uses it, for what a runtime keeps of an artifact that cannot be in
    it, as that is sealed. It goes when the artifact goes, and may go at any time.
    """
    return artifact.with_name(f"{artifact.name}{_BESIDE}{name}")


def _identity(place: Path) -> tuple[int, int, int] | None:
    try:
        status = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns  # numbers are soon used again
