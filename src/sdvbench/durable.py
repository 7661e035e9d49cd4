"""Folders that are whole or recognizably not: canonical JSON, sealing with checksums, verification.

A sealed folder carries a manifest with the size and SHA-256 of every file and with a checksum of
its own. The manifest is written in one canonical form and must read back byte for byte, so that no
changed byte of it, not even a blank, passes.
"""

import errno
import hashlib
import json
import math
import os
import stat
import time
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sdvbench.errors import StoreError

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


def json_value(value: object, what: str) -> Any:
    """A copy of ``value`` in plain JSON types: tuples become lists, subclasses their base types.

    what: how messages call the value, for example "recipe".
    Raises StoreError, naming the place inside the value, for anything that JSON cannot hold.
    """
    try:
        plain = _plain(value, what)
        encode(plain)  # integers of thousands of digits are only refused here
    except (RecursionError, ValueError) as error:
        raise StoreError(what, f"cannot be written as JSON ({error})") from error
    return plain


def _plain(value: object, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = str.__str__(value)  # the characters, where an enum's str() would give its name
        text.encode()  # lone surrogates would make different texts equal once escaped
        return text
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StoreError(where, f"{float(value)} is not JSON", "Leave it out or name it")
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise StoreError(where, f"the name {name!r} is not a string", "Use strings")
        return {_plain(n, where): _plain(item, f"{where}[{n!r}]") for n, item in value.items()}
    raise StoreError(
        where,
        f"a {type(value).__qualname__} is not JSON",
        "Give strings, numbers, booleans, None, lists or dictionaries, or a digest of it",
    )


def encode(plain: Any) -> bytes:
    """The one canonical spelling of plain JSON: sorted names, no blanks, UTF-8, no NaN."""
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


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


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network shares: files only
            raise
    finally:
        os.close(descriptor)


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


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Put ``content`` at ``path`` whole or not at all, also across a crash."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException as error:
        scratch.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a failing write does not name its file
        raise
    sync_folder(path.parent)
