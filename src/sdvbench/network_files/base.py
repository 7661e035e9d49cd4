"""What is known of a file that holds a network, and how its files are opened."""

import hashlib
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedReader
from math import prod
from pathlib import Path
from typing import NoReturn

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.sizes import Found, specifications
from sdvbench.tensors import TensorSpec

# NumPy's own; it has no bfloat16 and no float8, so no array of these could be handed over.
INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
DTYPES = ("bool", "float16", "float32", "float64", *INTEGERS)
MOST_ELEMENTS = 2**31  # of one input or output, as far as its sizes are fixed
POINTER = b"version https://git-lfs"
MOST_AXES = 32  # NumPy's arrays have 64 at most, and networks' tensors 7 or so


@dataclass(frozen=True)
class NetworkFile:
    """A network in a file that was checked and not run.

    format: the name of its reader in NETWORK_FILES.
    digest: sha256 hex over the file, and over the files that its weights lie in, where there are
        any.
    inputs, outputs: in the network's own order. Sizes that are not fixed have names; the same name
        is the same size.
    class_names: what the file says of its classes, as text that nobody has checked; empty where it
        says nothing.
    """

    path: Path
    format: str
    digest: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    class_names: str = ""


def network_file(
    path: Path, file_format: str, digest: str, inputs: list[Found], outputs: list[Found]
) -> NetworkFile:
    """From what a file says of its inputs and outputs.

    Raises NetworkFileError where there are none, or where arrays of that kind cannot be passed.
    """
    for side, tensors in (("input", inputs), ("output", outputs)):
        if not tensors:
            raise NetworkFileError(path, f"has no {side}", "Export a network that has one")
        names = [tensor.name for tensor in tensors]
        for tensor in tensors:
            problem = "is there twice" if names.count(tensor.name) > 1 else _problem(tensor)
            if problem:
                thing = f"{path}: {side} {tensor.name[:100]!r}"
                raise NetworkFileError(thing, problem, "Export the network again without it")
    return NetworkFile(path, file_format, digest, *specifications(inputs, outputs))


def _problem(tensor: Found) -> str:
    fixed = [size for size in tensor.sizes if isinstance(size, int)]
    if not tensor.name or not tensor.name.isprintable():
        return "has a name that cannot be printed"
    if tensor.dtype not in DTYPES:
        return f"has the type {tensor.dtype}, which NumPy does not have"
    if len(tensor.sizes) > MOST_AXES:
        return f"has {len(tensor.sizes)} axes, more than {MOST_AXES}"
    if min(fixed, default=0) < 0:
        return f"has an axis of the size {min(fixed)}"
    if prod(fixed) > MOST_ELEMENTS:
        return f"has at least {prod(fixed):.3g} elements, which fit into no memory"
    return ""


def opened(path: Path, remedy: str) -> BufferedReader:
    """``path`` for reading, an ordinary file that is not empty. Raises NetworkFileError."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise NetworkFileError(path, "is a folder", remedy)
        if not stat.S_ISREG(found.st_mode):
            raise NetworkFileError(path, "is no ordinary file", remedy)
        if not found.st_size:
            raise NetworkFileError(path, "is empty: its download or copy was cut off", remedy)
        stream = path.open("rb")
    except (OSError, ValueError) as problem:  # ValueError: a zero character in the path
        why = getattr(problem, "strerror", None) or str(problem)
        raise NetworkFileError(path, f"cannot be read ({why})", remedy) from problem
    if stream.peek(len(POINTER)).startswith(POINTER):
        stream.close()
        problem_text = "is a pointer of Git LFS, not the file itself"
        raise NetworkFileError(path, problem_text, "Run git lfs pull")
    return stream


def sha256(stream: BufferedReader) -> str:
    """Hex, over all that ``stream`` holds; it ends where it began."""
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return digest


def refuse_operators(path: Path, refused: Iterable[tuple[str, str]]) -> None:
    """Raises NetworkFileError for the first of ``refused``: a node, and what it asks for."""
    for node, wanted in refused:
        raise NetworkFileError(
            f"{path}: node {node[:100]!r}",
            f"needs {wanted}, which is code that sdvbench does not load",
            "Export the network with standard operators only",
        )


def damaged(path: Path, why: object, remedy: str) -> NoReturn:
    """Raises NetworkFileError for content that contradicts itself."""
    raise NetworkFileError(path, f"is damaged ({in_a_line(why)})", remedy)


def in_a_line(why: object) -> str:
    """The first line of a library's message, or what fits of it, in characters that can be shown;
    it may quote the file.
    """
    first = str(why).strip().split("\n")[0][:300].rstrip(".")
    return "".join(character if character.isprintable() else "?" for character in first)
