"""The files that torch.save writes: a ZIP archive, or before torch 1.6 a row of pickles."""

import io
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sdvbench.models.stored_tensors import Storage, storage_dtype
from sdvbench.models.unpickling import Unpickler

PICKLE = "data.pkl"
LEGACY_MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"
# A record may be compressed, as after unpacking and packing again, but not so well that a small
# file takes all memory.
MOST_COMPRESSED = 100


class DamagedError(Exception):
    """A file of the right kind whose content contradicts itself."""


def read_archive(path: Path) -> Any:
    """The object in a ZIP archive.

    Raises DamagedError, RefusedError, and whatever Python raises on broken content.
    """
    with zipfile.ZipFile(path) as archive:
        content = _Archive(archive, path.stat().st_size)
        return Unpickler(io.BytesIO(content.record(PICKLE)), content.storage).load()


class _Archive:
    """The records of one archive, all of which lie in one folder."""

    def __init__(self, archive: zipfile.ZipFile, size_bytes: int) -> None:
        self._archive = archive
        pickles = [name for name in archive.namelist() if name.split("/", 1)[-1] == PICKLE]
        if not pickles:
            raise DamagedError(f"has no record {PICKLE}")
        self._folder = pickles[0].removesuffix(PICKLE)
        if sum(info.file_size for info in archive.infolist()) > MOST_COMPRESSED * size_bytes:
            raise DamagedError("claims more content than a file of its size can hold")
        order = b"little"
        if self._folder + "byteorder" in archive.namelist():
            order = self.record("byteorder")
        self._swapped = order != sys.byteorder.encode()
        self._storages: dict[str, Tensor] = {}

    def record(self, name: str) -> bytes:
        info = self._archive.getinfo(self._folder + name)
        if not getattr(info, "CRC", 0):
            del info.CRC  # torch.save left it out, as set_crc32_options tells it to; not checked
        with self._archive.open(info) as stream:
            return stream.read()

    def storage(self, pid: tuple[Any, ...]) -> Storage:
        """pid: ("storage", type, key, device, number of elements)."""
        if len(pid) != 5 or pid[0] != "storage":
            raise DamagedError("holds something beside its pickle that is no storage")
        dtype, key = storage_dtype(pid[1]), str(pid[2])
        if key not in self._storages:
            self._storages[key] = self._read(key, dtype)
        return Storage(self._storages[key], dtype)

    def _read(self, key: str, dtype: torch.dtype) -> Tensor:
        content = as_bytes(self.record(f"data/{key}"))
        if self._swapped:
            content.untyped_storage().byteswap(dtype)  # type: ignore[no-untyped-call]
        return content


def read_legacy(path: Path) -> Any:
    """The object in a file of torch 0.4 to 1.5; raises what ``read_archive`` raises.

    Such a file is four pickles (a magic number, the format's version, the machine that wrote it,
    the object), the list of storages, and their content.
    """
    content = path.read_bytes()
    stream = io.BytesIO(content)
    storages = _Row(len(content))
    for _ in range(2):
        Unpickler(stream, storages.storage).load()
    machine = Unpickler(stream, storages.storage).load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise DamagedError("was written on a machine of another byte order")
    held = Unpickler(stream, storages.storage).load()
    storages.fill(stream, Unpickler(stream, storages.storage).load())
    return held


class _Row:
    """Storages that are named first and filled afterwards."""

    def __init__(self, most_bytes: int) -> None:
        self._left_bytes = most_bytes
        self._storages: dict[str, tuple[Tensor, torch.dtype]] = {}

    def storage(self, pid: tuple[Any, ...]) -> Any:
        """pid: ("storage", type, key, device, number of elements, part), or ("module", class)."""
        if len(pid) > 1 and pid[0] == "module":
            return pid[1]
        if len(pid) != 6 or pid[0] != "storage" or type(pid[4]) is not int:
            raise DamagedError("holds something beside its pickle that is no storage")
        dtype, key, part = storage_dtype(pid[1]), str(pid[2]), pid[5]
        if key not in self._storages:
            size_bytes = pid[4] * dtype.itemsize
            if not 0 <= size_bytes <= self._left_bytes:
                raise DamagedError("claims more content than a file of its size can hold")
            self._left_bytes -= size_bytes
            self._storages[key] = torch.zeros(size_bytes, dtype=torch.uint8), dtype
        offset = part[1] if isinstance(part, tuple) and len(part) == 3 else 0
        return Storage(self._storages[key][0], dtype, offset)

    def fill(self, stream: io.BytesIO, keys: Any) -> None:
        for key in keys if isinstance(keys, list) else ():
            tensor, dtype = self._storages[str(key)]
            (count,) = struct.unpack("<q", stream.read(8))
            found = stream.read(len(tensor))
            if count * dtype.itemsize != len(tensor) or len(found) != len(tensor):
                raise DamagedError("ends before its last tensor")
            tensor.copy_(as_bytes(found))


def as_bytes(content: bytes) -> Tensor:
    """(bytes,) uint8."""
    if not content:
        return torch.empty(0, dtype=torch.uint8)
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)
