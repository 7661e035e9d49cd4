"""What the readers share: finding files, reading labels, making a sample of image and labels."""

import json
import math
import os
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import DatasetError

# What systems and tools put beside the data: none of it is an image or a label.
NO_DATA = frozenset({"__macosx", "thumbs.db", "desktop.ini", "@eadir", "lost+found"})


@dataclass(frozen=True)
class Label:
    """One labelled object: box x1 y1 x2 y2 in pixels, index of its class, flags as in
    DetectionSample.
    """

    box: tuple[float, float, float, float]
    class_index: int
    crowd: bool = False
    ignore: bool = False


def existing_folder(path: Path, what: str) -> Path:
    """The folder ``path``, or a DatasetError that says what should have been in it."""
    if not path.is_dir():
        problem = "is a file, not a folder" if path.exists() else "does not exist"
        raise DatasetError(path, problem, f"Give the folder that holds {what}")
    return path


def is_hidden(path: Path) -> bool:
    """Whether a file or folder is hidden, or one that a system made for itself: macOS's ._NAME
    beside NAME, .DS_Store, __MACOSX, .ipynb_checkpoints, Thumbs.db.
    """
    return path.name.startswith(".") or path.name.lower() in NO_DATA


def composed(name: str) -> str:
    """One form for names that look the same: macOS writes accents as characters of their own."""
    return unicodedata.normalize("NFC", name)


def spelling(path: Path) -> str:
    """One text for all ways to write a path, such as a/../b and b."""
    return os.path.abspath(path)


def entries(folder: Path) -> list[Path]:
    """What lies in ``folder``, sorted, without what is hidden."""
    try:
        return sorted(path for path in folder.iterdir() if not is_hidden(path))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise DatasetError(folder, problem, "Check path and rights") from error


def files_below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """All files below ``folder``, sorted by path; through links to folders too, since large data
    sets often lie on another disk, but not through those that lead back to a folder above. Hidden
    files and folders are left out.
    """
    real = folder.resolve()
    for path in () if real in above else entries(folder):
        if path.is_dir():
            yield from files_below(path, above | {real})
        else:
            yield path


def read_bytes(path: Path) -> bytes:
    """A file's content; a failure to read it is a DatasetError."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DatasetError(path, f"cannot be read: {reason}", "Check path and rights") from error


def decode_text(data: bytes, path: Path) -> str:
    """Label bytes as UTF-8 text, or as UTF-16 where a byte order mark says so; the mark is dropped.
    Others are a DatasetError.
    """
    try:
        if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"byte {data[error.start]:#04x}" if error.start < len(data) else "it ends too early"
        problem = f"is not {error.encoding.upper()[:6].rstrip('-')} text ({found})"
        raise DatasetError(f"{path}, line {line}", problem, "Fetch the label file again") from error


def decode_json(data: bytes, path: Path) -> Any:
    """Label bytes as JSON; a syntax error is a DatasetError with line and column."""
    try:
        return json.loads(decode_text(data, path))
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise DatasetError(where, f"is not JSON: {error.msg}", "Fetch the file again") from error
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond Python's limits
        raise DatasetError(path, f"is not usable JSON: {error}", "Fetch the file again") from error


def number(value: object, where: str, what: str) -> float:
    """A finite number out of a label file, given as a JSON number or as text."""
    try:
        # Python also reads 1_000, which no label means.
        unusable = isinstance(value, bool) or (isinstance(value, str) and "_" in value)
        result = math.nan if unusable else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not math.isfinite(result):
        shown = repr(value)[:40]
        raise DatasetError(where, f"{what} is {shown}, not a finite number", "Correct the label")
    return result


def whole_number(value: object, where: str, what: str) -> int:
    """A finite number without a fraction."""
    result = number(value, where, what)
    if not result.is_integer():
        raise DatasetError(where, f"{what} is {value!r}, not a whole number", "Correct the label")
    return int(result)


def corners(
    x1: float, y1: float, x2: float, y2: float, where: str
) -> tuple[float, float, float, float]:
    """The box as it is, or a DatasetError where its corners are in the wrong order."""
    if x2 < x1 or y2 < y1:
        problem = f"box {x1:g} {y1:g} {x2:g} {y2:g} has a negative size"
        raise DatasetError(where, problem, "Give left, top, right, bottom in this order")
    return x1, y1, x2, y2


def digest(kind: str, labels: Iterable[bytes], images: Sequence[Path], root: Path) -> str:
    """The identity of a data set: kind and 16 hex digits over label bytes, image names and sizes.

    The pixels are not read: that would cost minutes for a large set, and a changed picture under
    the same name nearly always changes the file's length.
    """
    state = sha256()
    for data in labels:
        state.update(len(data).to_bytes(8, "little") + data)
    for path in images:
        try:
            size = path.stat().st_size
        except OSError as error:
            raise DatasetError(path, "cannot be read", "Check the path and its rights") from error
        state.update(f"{path.relative_to(root).as_posix()}\0{size}\n".encode(errors="replace"))
    return f"{kind}-{state.hexdigest()[:16]}"


def labelled(name: str, image: NDArray[np.uint8], labels: Sequence[Label]) -> DetectionSample:
    """A sample from an image and its labels.

    Boxes that reach over the image's edge are clipped to it; those without area after that are
    dropped.
    """
    height, width = image.shape[:2]
    boxes = np.array([label.box for label in labels], np.float64).reshape(-1, 4)
    limits = np.array([width, height, width, height], np.float64)
    boxes = np.clip(boxes, 0, limits)
    kept = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return DetectionSample(
        name=name,
        image=image,
        boxes=boxes[kept].astype(np.float32),
        classes=np.array([label.class_index for label in labels], np.int64)[kept],
        crowd=np.array([label.crowd for label in labels], np.bool_)[kept],
        ignore=np.array([label.ignore for label in labels], np.bool_)[kept],
    )
