"""Whether the weights of an ONNX model are there, and as many as their shapes say."""

import stat
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import sha256
from sdvbench.network_files.onnx_parts import all_sparse, all_tensors

DIGITS = 18  # of the largest number that may be an offset or a length
MOST_BYTES = 2**36  # of the files of weights together, which are read to the end for a digest
MOST_SPARSE_ELEMENTS = 2**28  # of a sparse tensor, which takes memory for all when it is unpacked
COMPLETE = "Put the file and its files of weights into one folder, complete, or export it again"
MEMORY = "_ORT_MEM_ADDR_"  # a location that ONNX Runtime takes for an address in memory


def check_tensors(path: Path, model: Any) -> dict[str, str]:
    """The files that weights lie in, by their locations, each with its digest.

    Raises NetworkFileError for a tensor whose data are missing, or too few or too many for its
    shape, and for one that lies outside of the folder of ``path``.
    """
    files: dict[str, Path] = {}
    for tensor in all_tensors(model):
        thing = f"{path}: tensor {tensor.name[:100]!r}"
        size_bytes = _size_bytes(thing, tensor)
        if tensor.data_location == tensor.EXTERNAL:
            location, file = _check_external(thing, path, tensor, size_bytes)
            files[location] = file
        else:
            _check_data(thing, tensor, size_bytes)
    for sparse in all_sparse(model):
        if min(sparse.dims, default=0) < 0 or prod(sparse.dims) > MOST_SPARSE_ELEMENTS:
            thing = f"{path}: sparse tensor {sparse.values.name[:100]!r}"
            raise NetworkFileError(thing, "is too large, or has an axis of a negative size")
    if sum(file.stat().st_size for file in files.values()) > MOST_BYTES:
        raise NetworkFileError(path, "has weights of more than 64 GiB", "Export a smaller network")
    return {location: _digest(file) for location, file in files.items()}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return sha256(stream)


@cache
def _types() -> dict[int, tuple[int, str]]:
    """Bits of an element, and the field of its data where these are not raw, by type."""
    from onnx import TensorProto, helper

    types = {}
    for name, number in TensorProto.DataType.items():
        if name in ("UNDEFINED", "STRING"):
            continue
        bits = helper.tensor_dtype_to_np_dtype(number).itemsize * 8
        if "INT4" in name or "FLOAT4" in name:
            bits = 4
        elif "INT2" in name:
            bits = 2
        elif "FLOAT6" in name:
            bits = 6
        types[number] = bits, helper.tensor_dtype_to_field(number)
    return types


def _size_bytes(thing: str, tensor: Any) -> int:
    """Of all elements; 0 for text, which has no fixed size."""
    if min(tensor.dims, default=0) < 0:
        raise NetworkFileError(thing, f"has an axis of the size {min(tensor.dims)}", COMPLETE)
    if tensor.HasField("segment"):
        raise NetworkFileError(thing, "is stored in segments, which no runtime reads", COMPLETE)
    if tensor.data_type == tensor.STRING:
        return 0
    if tensor.data_type not in _types():
        problem = f"has the type number {tensor.data_type}, which the installed onnx does not know"
        raise NetworkFileError(thing, problem, "Export the network again")
    elements: int = prod(tensor.dims)
    return -(-elements * _types()[tensor.data_type][0] // 8)


def _check_data(thing: str, tensor: Any, size_bytes: int) -> None:
    elements = prod(tensor.dims)
    if tensor.data_type == tensor.STRING:
        found, needed = len(tensor.string_data), elements
    elif tensor.HasField("raw_data"):
        found, needed = len(tensor.raw_data), size_bytes
    else:
        bits, field = _types()[tensor.data_type]
        found = len(getattr(tensor, field))
        needed = size_bytes if bits < 8 else elements * (2 if bits > 64 or _complex(tensor) else 1)
    if found != needed:
        shape = "x".join(map(str, tensor.dims)) or "scalar"
        problem = f"has {found:,} values or bytes where its shape {shape} needs {needed:,}"
        raise NetworkFileError(thing, problem, COMPLETE)


def _complex(tensor: Any) -> bool:
    return bool(tensor.data_type in (tensor.COMPLEX64, tensor.COMPLEX128))


def _check_external(thing: str, path: Path, tensor: Any, size_bytes: int) -> tuple[str, Path]:
    """The location of the tensor's file, and that file."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    file = _inside(thing, path, location)
    end = file.stat().st_size
    offset = _number(thing, entries.get("offset", "0"))
    length = _number(thing, entries.get("length", str(max(end - offset, 0))))
    if offset + length > end:
        problem = f"ends at byte {offset + length:,} of {location}, which has only {end:,}"
        raise NetworkFileError(thing, problem, COMPLETE)
    enough = length >= size_bytes if "length" not in entries else length == size_bytes
    if tensor.data_type == tensor.STRING or not enough:
        problem = f"has {length:,} bytes in {location} where its shape needs {size_bytes:,}"
        raise NetworkFileError(thing, problem, COMPLETE)
    return location, file


def _inside(thing: str, path: Path, location: str) -> Path:
    """The ordinary file at ``location``, which may not lead out of the folder of ``path``."""
    told = repr(location[:100])
    try:
        folder = path.parent.resolve()
        file = (folder / location).resolve()
        if Path(location).is_absolute() or MEMORY in location or not file.is_relative_to(folder):
            problem = f"has its data outside of the folder of the file, in {told}"
            remedy = "Copy the file and its files of weights into one folder, not as links"
            raise NetworkFileError(thing, problem, remedy)
        ordinary = stat.S_ISREG(file.stat().st_mode)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        ordinary = False
    if not ordinary:
        raise NetworkFileError(thing, f"has its data in {told}, which is no file there", COMPLETE)
    return file


def _number(thing: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS):
        problem = f"says that its data begin or end at {digits[:40]!r}, which is no number of bytes"
        raise NetworkFileError(thing, problem, COMPLETE)
    return int(digits)
