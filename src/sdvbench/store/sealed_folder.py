"""Folders that are whole or recognizably not: sealed with checksums, and verified.

A sealed folder carries a manifest with the size and SHA-256 of every file and with a checksum of
its own. The manifest is written in one canonical form and must read back byte for byte, so that no
changed byte of it, not even a blank, passes.
"""

import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sdvbench.durable import sync_folder
from sdvbench.errors import StoreError
from sdvbench.store.canonical_json import encode, json_value

MANIFEST = "sdvbench-manifest.json"

# Read errors that mean "this content is gone or broken". All others (no permission, too many open
# files, a server that is away) say nothing about the content and must not make anyone rebuild it.
_BROKEN = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO}

# Time stamps advance in ticks of some milliseconds: a file may change twice within one. Younger
# files are therefore hashed at every lookup, as git does with its index.
_SETTLED_NS = 2_000_000_000

Fingerprint = dict[str, tuple[int, int, int, int]]


class Damage(Exception):  # noqa: N818 - a finding about a folder, handled inside the store
    """What is wrong with a sealed folder; the message starts with the file's name."""


def listing(folder: Path) -> dict[str, os.stat_result]:
    """Everything below ``folder`` that is not a folder, by relative name; links are not followed.

    Raises OSError.
    """
    found = {}
    for parent, folders, names in os.walk(folder, onerror=_raise):
        for name in (*names, *(f for f in folders if os.path.islink(os.path.join(parent, f)))):
            path = Path(parent, name)
            found[path.relative_to(folder).as_posix()] = path.lstat()
    return found


def _raise(error: OSError) -> None:
    raise error


def seal(folder: Path, recipe: Any, facts: Any) -> dict[str, Any]:
    """Hash and flush every file of ``folder``, add the manifest and flush that; returns it.

    recipe, facts: plain JSON. Raises StoreError for a folder that cannot be an artifact, and
    OSError.
    """
    found = listing(folder) if folder.is_dir() else {}
    json_value(list(found), f"file names in {folder}")
    if not found:
        raise StoreError(folder, "the build left no file", "Let it write into the folder given")
    if MANIFEST in found:
        raise StoreError(MANIFEST, "the build wrote a file of this name, which the store uses")
    files = {}
    for name, status in found.items():
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(folder / name, "is not a regular file", "Copy what it points to")
        files[name] = {"bytes": status.st_size, "sha256": _digest(folder / name, flush=True)}
    created = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {"recipe": recipe, "files": files, "facts": facts, "created": created}
    with open(folder / MANIFEST, "xb") as file:
        file.write(_with_checksum(manifest))
        file.flush()
        os.fsync(file.fileno())
    for parent, _, _ in os.walk(folder, onerror=_raise):
        sync_folder(Path(parent))
    return manifest


def verify(folder: Path, trusted: MutableMapping[Path, Fingerprint]) -> dict[str, Any]:
    """The manifest of a sealed folder whose every byte was checked; writes nothing.

    trusted: fingerprints of folders that were found whole before in this process. Files that have
        not been touched since are not hashed again; updated here.
    Raises Damage naming the file, and OSError where reading fails for reasons of its own.
    """
    try:
        manifest = read_manifest(folder)
        found = listing(folder)
        found.pop(MANIFEST, None)
        for name in sorted(found.keys() | manifest["files"].keys()):
            if name not in found:
                raise Damage(f"{name} is missing")
            _check_status(name, found[name], manifest["files"].get(name))
        _check_content(folder, found, manifest["files"], trusted)
    except OSError as error:
        if error.errno not in _BROKEN:
            raise
        raise Damage(f"{Path(error.filename or folder).name}: {error.strerror}") from error
    return manifest


def _with_checksum(manifest: Any) -> bytes:
    return encode({"manifest": manifest, "sha256": hashlib.sha256(encode(manifest)).hexdigest()})


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest alone, its checksum verified. Raises Damage and OSError."""
    raw = (folder / MANIFEST).read_bytes()
    try:
        manifest: dict[str, Any] = json.loads(raw.decode())["manifest"]
        if raw == _with_checksum(manifest):
            return manifest
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    raise Damage(f"{MANIFEST} does not match its checksum")


def _check_status(name: str, status: os.stat_result, expected: Mapping[str, Any] | None) -> None:
    if expected is None:
        raise Damage(f"{name} does not belong to it")
    if not stat.S_ISREG(status.st_mode):
        raise Damage(f"{name} is not a regular file")
    if status.st_size != expected["bytes"]:
        raise Damage(f"{name} has {status.st_size} bytes instead of {expected['bytes']}")


def _check_content(
    folder: Path,
    found: Mapping[str, os.stat_result],
    files: Mapping[str, Any],
    trusted: MutableMapping[Path, Fingerprint],
) -> None:
    fingerprint = {
        name: (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        for name, status in found.items()
    }
    if trusted.get(folder) == fingerprint:
        return
    for name in found:
        if _digest(folder / name) != files[name]["sha256"]:
            raise Damage(f"{name} does not match its checksum")
    if max(status.st_ctime_ns for status in found.values()) + _SETTLED_NS < time.time_ns():
        trusted[folder] = fingerprint


def _digest(path: Path, flush: bool = False) -> str:
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if flush:
                os.fsync(file.fileno())
            return digest
    except OSError as error:
        error.filename = str(path)  # failing reads and flushes do not name their file
        raise
