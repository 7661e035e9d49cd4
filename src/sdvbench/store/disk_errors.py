"""Errors of the disk below a store, told with its place, the room left there and what to do."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sdvbench.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """The block's OSErrors become StoreErrors."""
    try:
        yield
    except OSError as error:
        raise explanation(root, error) from error


def explanation(root: Path, error: OSError) -> StoreError:
    where = f" at {error.filename}" if error.filename else ""
    return StoreError(
        f"artifact store {root}",
        f"{error.strerror or error}{where} ({free_bytes(root) / 1e6:,.1f} MB free)",
        "Free space there, or point --sdv-store or SDVBENCH_CACHE to a folder that you may "
        "write and that has room",
    )


def free_bytes(root: Path) -> int:
    """What this user may still write on its file system."""
    for folder in (root, *root.parents):  # the root may not have been made yet
        with suppress(OSError):
            return shutil.disk_usage(folder).free
    return 0


def is_about(error: OSError, scratch: Path) -> bool:
    """Whether a build failed for the store's disk or permissions, not for its own inputs."""
    # A copy names its source first and its target second; a failed write names no file.
    named = [n for n in (error.filename, error.filename2) if isinstance(n, str | bytes | Path)]
    if not named:
        return error.errno in _FULL
    paths = [Path(os.path.abspath(os.fsdecode(name))) for name in named]
    return error.errno in _FULL | _DENIED and any(p.is_relative_to(scratch) for p in paths)
