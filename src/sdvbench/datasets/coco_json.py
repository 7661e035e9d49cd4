"""Reading the text of a file in COCO's format: images with their labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from sdvbench.datasets.coco_annotations import labels_of, read_annotations
from sdvbench.datasets.coco_categories import Categories, identifier, read_categories
from sdvbench.datasets.files import Label, decode_json, whole_number
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

REMEDY = "Give COCO's instances file"


@dataclass(frozen=True)
class CocoImage:
    """One entry of "images" with its labels; width and height in pixels, 0 if not stated."""

    file_name: str
    width: int
    height: int
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class CocoFile:
    """categories: the classes. images: in the order of the file. labelled: False where the file has
    no annotation at all.
    """

    categories: Categories
    images: tuple[CocoImage, ...]
    labelled: bool


def parse_coco(
    data: bytes, path: Path, tally: Tally | None = None, targets: Mapping[str, str] | None = None
) -> CocoFile:
    """The content of a file of instances; ``path`` is for messages.

    tally: notes what was left out or changed. targets: new class names by old ones.
    Raises DatasetError with the line of a syntax error or the index of a bad entry.
    """
    tally = Tally() if tally is None else tally
    document = _document(decode_json(data, path), path)
    images = _images(_entries(document, "images", path), path, tally)
    annotations = _entries(document, "annotations", path, optional=True)
    _refuse_other_kinds(annotations, path)
    named = read_annotations(annotations, path)
    entries = _entries(document, "categories", path, optional=not annotations)
    used = {each.category for each in named}
    categories = read_categories(entries, path, used, targets or {}, tally)
    labels = labels_of(named, images.keys(), categories, tally)
    result = tuple(CocoImage(*entry, tuple(labels[key])) for key, entry in images.items())
    if not result:
        raise DatasetError(path, "lists no image", REMEDY)
    return CocoFile(categories, result, labelled=bool(annotations))


def _document(content: Any, path: Path) -> dict[str, Any]:
    if isinstance(content, list):
        detected = any(isinstance(entry, dict) and "score" in entry for entry in content[:1])
        what = "is a list of detections, not annotations" if detected else "is a JSON list"
        raise DatasetError(path, what, REMEDY)
    if not isinstance(content, dict):
        raise DatasetError(path, "is not a JSON object", REMEDY)
    return content


def _entries(
    document: Mapping[str, Any], key: str, path: Path, *, optional: bool = False
) -> list[dict[str, Any]]:
    entries = document.get(key)
    if entries is None and optional:
        return []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DatasetError(path, f"has no list of objects {key!r}", REMEDY)
    return entries


def _refuse_other_kinds(annotations: Sequence[dict[str, Any]], path: Path) -> None:
    if not annotations or any("bbox" in e or "segmentation" in e for e in annotations):
        return
    kinds = {"caption": "captions", "segments_info": "panoptic segments"}
    found = [what for key, what in kinds.items() if key in annotations[0]]
    problem = f"holds {found[0]}, not boxes" if found else "has annotations without any box"
    raise DatasetError(path, problem, REMEDY)


def _images(
    entries: Sequence[dict[str, Any]], path: Path, tally: Tally
) -> dict[str, tuple[str, int, int]]:
    """File name, width and height by id."""
    images: dict[str, tuple[str, int, int]] = {}
    for position, entry in enumerate(entries):
        where = f"{path}, images[{position}]"
        key, name = identifier(entry.get("id"), where, "id"), _file_name(entry, where)
        if key not in images:
            images[key] = (name, *_size(entry, where))
        elif images[key][0] == name:
            tally.add("dropped", "image entries repeat another one and were dropped", name)
        else:
            problem = f"gives one id to several images ({images[key][0][:60]!r} has it too)"
            raise DatasetError(where, problem, "Make the image ids unique")
    positions: dict[str, str] = {}
    for key, (name, *_) in images.items():
        if (other := positions.setdefault(name, key)) != key:
            problem = f"lists {name[:60]!r} twice, with the ids {other[:20]} and {key[:20]}"
            raise DatasetError(path, problem, "Join the two entries into one")
    return images


def _file_name(entry: Mapping[str, Any], where: str) -> str:
    name = entry.get("file_name") or entry.get("coco_url")
    if not isinstance(name, str) or not name:
        raise DatasetError(
            where, f"file_name is {repr(name)[:40]}, not a name", "Correct the entry"
        )
    if entry.get("file_name"):
        return name
    try:  # LVIS gives nothing but the address: http://.../val2017/000000397133.jpg
        return "/".join(PurePosixPath(unquote(urlsplit(name).path)).parts[-2:])
    except ValueError as error:
        raise DatasetError(where, "coco_url is no address", "Give a file_name") from error


def _size(entry: Mapping[str, Any], where: str) -> tuple[int, int]:
    """Width and height; 0 and 0 where one of the two is not stated (absent, null, -1)."""
    values = [entry.get(key) for key in ("width", "height")]
    width, height = (0 if v is None else whole_number(v, where, "a size") for v in values)
    return (width, height) if width > 0 and height > 0 else (0, 0)
