"""The YAML file that describes a YOLO data set: names, and which images are in which split."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sdvbench.datasets.files import decode_text, entries, read_bytes
from sdvbench.datasets.splits import SPLITS
from sdvbench.datasets.yolo_labels import Keypoints
from sdvbench.errors import DatasetError

SUFFIXES = (".yaml", ".yml")
USUAL = ("data.yaml", "dataset.yaml", "data.yml")
MOST_CLASSES = 10_000


@dataclass(frozen=True)
class Description:
    """What ``file`` says.

    names: the classes by id, None where it has none. splits: for each that it has, what it names:
    folders, and lists of images. path: of the data set, "" for the file's own folder.
    """

    file: Path
    names: tuple[str, ...] | None
    splits: Mapping[str, tuple[str, ...]]
    path: str = ""
    keypoints: Keypoints | None = None


def find_description(root: Path) -> Description | None:
    """The description in the folder ``root``; None where it has none. ``root`` may be the file.

    Raises DatasetError on a broken file, and where several could be meant.
    """
    if root.is_file():
        return read_description(root)
    files = [root / name for name in USUAL if (root / name).is_file()][:1]
    if not files:
        others = [path for path in entries(root) if path.suffix.lower() in SUFFIXES]
        files = [path for path in others if _describes(path)]
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        problem = f"holds several YAML files with class names ({names})"
        raise DatasetError(root, problem, f"Name the one to read, for example yolo:{files[0]}")
    return read_description(files[0]) if files else None


def read_description(file: Path) -> Description:
    """Raises DatasetError where ``file`` is not YAML or has an entry of the wrong type."""
    document = _document(file)
    path = document.get("path") or ""
    if not isinstance(path, str):
        raise DatasetError(file, "has a path that is not text", "Give the data set's folder")
    splits = {}
    for split, keys in SPLITS.items():
        found = next((document[key] for key in keys if document.get(key)), None)
        if found is not None:
            splits[split] = _places(found, split, file)
    names = _names(document.get("names"), file)
    count = document.get("nc")
    if names and isinstance(count, int) and count != len(names):
        problem = f"gives {len(names)} names, and nc is {count}"
        raise DatasetError(file, problem, "Correct one of the two")
    return Description(file, names, splits, path, _keypoints(document.get("kpt_shape"), file))


def check_names(names: list[str], where: object) -> tuple[str, ...]:
    """The names, or a DatasetError where one is empty or repeats another, or there is none."""
    if not all(names) or not names or len(set(names)) < len(names):
        raise DatasetError(where, "is empty or repeats a name", "Give one name for each class id")
    return tuple(names)


def _document(file: Path) -> dict[str, Any]:
    text = decode_text(read_bytes(file), file)
    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{file}, line {mark.line + 1}" if mark else str(file)
        raise DatasetError(where, f"is not YAML: {error.problem}", "Correct it") from error
    except Exception as error:  # control characters, impossible dates, too deep a nesting
        raise DatasetError(file, f"is not YAML ({str(error)[:80]})", "Correct it") from error
    if not isinstance(document, dict):
        raise DatasetError(file, "is not a YAML mapping", "Give names:, train: and val: in it")
    return document


def _describes(path: Path) -> bool:
    try:
        document = _document(path)
    except DatasetError:  # of something else, beside the data
        return False
    return "names" in document or "nc" in document


def _places(found: object, split: str, file: Path) -> tuple[str, ...]:
    places = [entry.strip() for entry in _list(found) if isinstance(entry, str)]
    if not places or len(places) != len(_list(found)) or not all(places):
        problem = f"has an entry {split!r} that is neither a path nor a list of paths"
        raise DatasetError(file, problem, "Give folders of images, or .txt files that list images")
    return tuple(places)


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _names(found: object, file: Path) -> tuple[str, ...] | None:
    if found is None:
        return None
    if isinstance(found, dict):
        try:
            by_id = {int(key): name for key, name in found.items()}
        except (TypeError, ValueError, OverflowError) as error:
            problem = f"has names under ids that are no numbers ({error})"
            raise DatasetError(file, problem, "Number the names from 0") from error
        if len(by_id) > MOST_CLASSES or sorted(by_id) != list(range(len(found))):
            problem = f"does not number its {len(found)} names from 0 without a gap"
            raise DatasetError(file, problem, f"Give ids 0 to {len(found) - 1}")
        found = [by_id[index] for index in range(len(by_id))]
    if not isinstance(found, list):
        raise DatasetError(file, "has names that are no list", "Write names: [car, bus]")
    for name in found:
        if isinstance(name, bool) or not isinstance(name, str | int):
            problem = f"has {str(name)[:40]!r} ({type(name).__name__}) among its names"
            raise DatasetError(file, problem, "Put the name between quotation marks")
    return check_names([str(name).strip() for name in found], f"names of {file}")


def _keypoints(found: object, file: Path) -> Keypoints | None:
    if found is None:
        return None
    if isinstance(found, list) and len(found) == 2:
        points, values = found
        if isinstance(points, int) and points > 0 and values in (2, 3):
            return Keypoints(points, values)
    remedy = "Give the number of points and 2 or 3 values each, as [17, 3]"
    raise DatasetError(file, f"has kpt_shape {str(found)[:40]!r}", remedy)
