"""The files of recorded drives: which images there are, and which command belongs to each."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath

import numpy as np

from sdvbench import json_text
from sdvbench.datasets.files import composed, decode_text, entries, files_below, number, read_bytes
from sdvbench.datasets.images import IMAGE_SUFFIXES
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError
from sdvbench.vehicle_command import NAMES, CommandRange

ORIGIN = "recording.json"  # of recordings that sdvbench made
RECORD = "Record it again with `sdvbench drive record`, or remove this file"
LABELS = ("data.csv", "data.json")  # the first of them that is there is read
IMAGE = "image_name"
OBJECT = re.compile(r"[^\s,\[\]]")  # its beginning, behind whatever may stand between two
LARGEST = float(np.finfo(np.float32).max)  # of commands, which are kept so
COLUMNS = "Give a header with the columns image_name, v and w, separated by commas"

Command = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """where: file and line. image: its name, "" where rows belong to images by their order."""

    where: str
    image: str
    command: Command


@dataclass(frozen=True)
class Recording:
    """file: that labels it. frames: each image with its command. data: the label file's bytes."""

    file: Path
    frames: Sequence[tuple[Path, Command]]
    data: bytes


def find_recordings(root: Path, tally: Tally) -> list[Path]:
    """The label file of each recording in ``root`` or below it; DatasetError where none is."""
    by_folder: dict[Path, list[Path]] = {}
    for path in files_below(root):
        if path.name in LABELS:
            by_folder.setdefault(path.parent, []).append(path)
    if not by_folder:
        problem = f"holds neither {' nor '.join(LABELS)}, and no folder below it does"
        raise DatasetError(root, problem, "Give the folder of a recording, or one with several")
    for files in by_folder.values():
        for unused in sorted(files)[1:]:
            tally.add("unmatched", "label files beside a data.csv were not read", unused)
    return [min(files) for files in by_folder.values()]


def read_recording(file: Path, tally: Tally) -> Recording:
    """Images and commands of the recording that ``file`` labels."""
    data = read_bytes(file)
    read = _csv_rows if file.suffix == ".csv" else _json_rows
    rows = read(decode_text(data, file), file)
    if not rows:
        raise DatasetError(file, "has no row", "Record again, or leave the folder out")
    images = _images(file)
    named = bool(rows[0].image)
    frames = _by_name(rows, images, file, tally) if named else _by_order(rows, images, file)
    return Recording(file, frames, data)


def read_ranges(recordings: Sequence[Recording]) -> CommandRange | None:
    """The ranges of the commands that all ``recordings`` name; None where none names any.

    Raises DatasetError where they differ, or a file does not hold what sdvbench writes there.
    """
    found = [(one.file.parent / ORIGIN, _range(one.file.parent / ORIGIN)) for one in recordings]
    for file, each in found:
        if each != found[0][1]:
            problem = f"has other ranges of v and w than {found[0][0].parent}"
            raise DatasetError(file.parent, problem, "Read them as data sets of their own")
    return found[0][1]


def _range(file: Path) -> CommandRange | None:
    if not file.is_file():
        return None
    content = json_text.read(file, DatasetError, RECORD)
    try:
        v, w = (content["commands"][name] for name in NAMES)
        return CommandRange((float(v[0]), float(v[1])), (float(w[0]), float(w[1])))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        problem = "does not name the ranges of its commands v and w"
        raise DatasetError(file, problem, RECORD) from error


def _images(file: Path) -> list[Path]:
    beside = file.parent / "Images"
    folder = beside if beside.is_dir() else file.parent
    found = [path for path in entries(folder) if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise DatasetError(folder, "holds no image", f"Put the images of {file.name} there")
    return found


def _by_name(
    rows: Sequence[Row], images: Sequence[Path], file: Path, tally: Tally
) -> list[tuple[Path, Command]]:
    known = {composed(path.name): path for path in images}
    commands: dict[Path, Row] = {}
    for row in rows:
        path = known.get(composed(PurePosixPath(row.image.replace("\\", "/")).name))
        if path is None:
            tally.add(
                "dropped", "rows name an image that is not there, and were dropped", row.where
            )
            continue
        other = commands.setdefault(path, row)
        if other is row:
            continue
        if other.command != row.command:
            problem = f"gives another command for {path.name} than {other.where}"
            raise DatasetError(row.where, problem, "Keep one of the two rows")
        tally.add("dropped", "rows repeat another one and were dropped", row.where)
    if not commands:
        problem = f"names no image that is there ({rows[0].image!r} is the first)"
        raise DatasetError(file, problem, f"Put its images into {images[0].parent}")
    for path in images:
        if path not in commands:
            tally.add("dropped", "images have no row and were left out", path)
    return [(path, row.command) for path, row in commands.items()]


def _by_order(
    rows: Sequence[Row], images: Sequence[Path], file: Path
) -> list[tuple[Path, Command]]:
    """Rows that name no image belong to the images in the order of their numbers."""
    numbers = {path: int(path.stem) for path in images if path.stem.isdecimal()}
    unnumbered = [path for path in images if path not in numbers]
    if unnumbered or len(set(numbers.values())) < len(images):
        where = unnumbered[0] if unnumbered else images[0].parent
        problem = "is not named by a number" if unnumbered else "has two images of one number"
        raise DatasetError(where, f"{problem}, and {file.name} names no images", COLUMNS)
    if len(images) != len(rows):
        problem = f"has {len(rows)} rows for {len(images)} images, and names none"
        raise DatasetError(file, problem, COLUMNS)
    ordered = sorted(images, key=numbers.__getitem__)
    return [(path, row.command) for path, row in zip(ordered, rows, strict=True)]


def _command(row: Mapping[str, object], where: str) -> Command:
    """Of a row's v and w; DatasetError where one is no number, or one that float32 cannot hold."""
    v, w = (number(row[name], where, name) for name in NAMES)
    for name, value in zip(NAMES, (v, w), strict=True):
        if abs(value) > LARGEST:
            problem = f"{name} is {value:g}, more than a float32 holds"
            raise DatasetError(where, problem, "Correct the label")
    return v, w


def _csv_rows(text: str, file: Path) -> list[Row]:
    reader = csv.reader(StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, file)
        rows = []
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            where = f"{file}, line {reader.line_num}"
            if len(fields) != len(header):
                problem = f"has {len(fields)} values, and the header {len(header)} columns"
                raise DatasetError(where, problem, "Correct the row")
            row = dict(zip(header, fields, strict=True))
            if IMAGE in row and not row[IMAGE].strip():
                raise DatasetError(where, "names no image", "Correct the row")
            rows.append(Row(where, row.get(IMAGE, "").strip(), _command(row, where)))
    except csv.Error as error:
        raise DatasetError(
            f"{file}, line {reader.line_num}", f"is no CSV ({error})", COLUMNS
        ) from error
    return rows


def _check_header(header: Sequence[str], file: Path) -> None:
    shown = ", ".join(header)[:80] or "nothing"
    for name in NAMES:
        if name not in header:
            raise DatasetError(f"{file}, line 1", f"has no column {name!r} ({shown})", COLUMNS)
    for name in (IMAGE, *NAMES):
        if header.count(name) > 1:
            raise DatasetError(f"{file}, line 1", f"has two columns {name!r}", COLUMNS)


def _json_rows(text: str, file: Path) -> list[Row]:
    """Objects one after another, with or without commas, lines or brackets between and around."""
    decoder, rows, line, read = json.JSONDecoder(), [], 1, 0
    while start := OBJECT.search(text, read):
        place = start.start()
        line += text.count("\n", read, place)
        where = f"{file}, line {line}"
        try:
            found, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise DatasetError(where, f"is not JSON ({error})", "Fetch the file again") from error
        missing = [name for name in NAMES if not isinstance(found, dict) or name not in found]
        if missing:
            remedy = 'Give an object an image: {"v": 13, "w": 0.2}'
            raise DatasetError(where, f"has an object without {missing[0]!r}", remedy)
        rows.append(Row(where, "", _command(found, where)))
        line, read = line + text.count("\n", place, end), end
    return rows
