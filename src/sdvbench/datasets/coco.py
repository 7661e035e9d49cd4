"""COCO: one JSON file of instances beside folders of images."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.files import (
    Label,
    corners,
    decode_json,
    digest,
    labelled,
    number,
    read_bytes,
    whole_number,
)
from sdvbench.datasets.images import find_images, read_image
from sdvbench.errors import DatasetError


@dataclass(frozen=True)
class CocoImage:
    """One entry of "images" with its annotations; width and height in pixels, 0 if not stated."""

    file_name: str
    width: int
    height: int
    labels: tuple[Label, ...]


class Coco(Dataset):
    """Instances in COCO's format.

    root: the folder that holds ``annotations/*.json`` and the images (below ``images/``, in a
        folder named after the split, or anywhere below ``root`` under their file names), or the
        JSON file itself where a folder has several.

    Boxes are turned from x y width height into corners, ``iscrowd`` becomes crowd. Classes are the
    file's categories in the order of their ids. Source: cocodataset.org/#format-data.
    Raises DatasetError where the file is broken or an image it names is missing.
    """

    def __init__(self, root: Path | str) -> None:
        file = annotation_file(Path(root))
        base = file.parent.parent if file.parent.name == "annotations" else file.parent
        data = read_bytes(file)
        self.classes, self._entries = parse_coco(data, file)
        self._paths = _locate(base, file, [entry.file_name for entry in self._entries])
        self._file = file
        self.identity = digest("coco", [data], self._paths, base)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Sample:
        entry, image = self._entries[index], read_image(self._paths[index])
        height, width = image.shape[:2]
        if entry.width and entry.height and (entry.width, entry.height) != (width, height):
            problem = f"has {width}x{height} pixels, {self._file} says {entry.width}x{entry.height}"
            raise DatasetError(self._paths[index], problem, "Fetch the image that was labelled")
        return labelled(entry.file_name, image, entry.labels)


def annotation_file(root: Path) -> Path:
    """The JSON file meant by ``root``; none, or several to choose from, is a DatasetError."""
    if root.suffix == ".json" and root.is_file():
        return root
    files = sorted((root / "annotations").glob("*.json")) or sorted(root.glob("*.json"))
    if not files:
        problem = "holds no annotations/*.json" if root.is_dir() else "does not exist"
        raise DatasetError(root, problem, "Give the folder that holds annotations/, or a JSON file")
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        problem = f"holds several annotation files ({names})"
        raise DatasetError(root, problem, f"Name the one to read, for example coco:{files[0]}")
    return files[0]


def parse_coco(data: bytes, path: Path) -> tuple[tuple[str, ...], tuple[CocoImage, ...]]:
    """Class names and images from the bytes of a file of instances; ``path`` is for messages.

    Raises DatasetError with the line of a syntax error or the index of a bad entry.
    """
    document = decode_json(data, path)
    if not isinstance(document, dict):
        raise DatasetError(path, "is not a JSON object", "Give COCO's instances file")
    names = _names(_entries(document, "categories", path), path)
    index_of = {category: index for index, category in enumerate(names)}
    labels: defaultdict[int, list[Label]] = defaultdict(list)
    images = _entries(document, "images", path)
    ids = {_identifier(image, "id", f"{path}, images[{i}]"): i for i, image in enumerate(images)}
    if len(ids) < len(images):
        raise DatasetError(path, "gives one id to several images", "Make the image ids unique")
    for position, entry in enumerate(_entries(document, "annotations", path)):
        where = f"{path}, annotations[{position}] (id {str(entry.get('id'))[:20]})"
        image, category = (_identifier(entry, key, where) for key in ("image_id", "category_id"))
        for key, known, value in (("image_id", ids, image), ("category_id", index_of, category)):
            if value not in known:
                raise DatasetError(where, f"{key} {value} is not in the file", "Correct the label")
        crowd = entry.get("iscrowd", 0)
        if crowd not in (0, 1):
            raise DatasetError(where, f"iscrowd is {crowd!r}, not 0 or 1", "Correct the label")
        labels[image].append(Label(_box(entry, where), index_of[category], crowd=bool(crowd)))
    if not images:
        raise DatasetError(path, "lists no image", "Give COCO's instances file")
    parsed = (_image(entry, f"{path}, images[{i}]") for i, entry in enumerate(images))
    result = (
        CocoImage(*fields, tuple(labels[image])) for fields, image in zip(parsed, ids, strict=True)
    )
    return tuple(names.values()), tuple(result)


def _entries(document: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    entries = document.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DatasetError(path, f"has no list of objects {key!r}", "Give COCO's instances file")
    return entries


def _identifier(entry: dict[str, Any], key: str, where: str) -> int:
    return whole_number(entry.get(key), where, key)


def _names(categories: list[dict[str, Any]], path: Path) -> dict[int, str]:
    names: dict[int, str] = {}
    for position, entry in enumerate(categories):
        where, name = f"{path}, categories[{position}]", entry.get("name")
        identifier = _identifier(entry, "id", where)
        if not isinstance(name, str) or name in names.values() or identifier in names:
            raise DatasetError(where, f"id {identifier} or name {name!r} is not unique text")
        names[identifier] = name
    return dict(sorted(names.items()))


def _box(entry: dict[str, Any], where: str) -> tuple[float, float, float, float]:
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        raise DatasetError(where, f"bbox is {str(box)[:40]}, not 4 numbers", "Correct the label")
    x, y, width, height = (number(value, where, "bbox") for value in box)
    return corners(x, y, x + width, y + height, where)


def _image(entry: dict[str, Any], where: str) -> tuple[str, int, int]:
    name = entry.get("file_name")
    if not isinstance(name, str) or not name:
        raise DatasetError(where, f"file_name is {name!r}, not a name", "Correct the entry")
    width, height = (whole_number(entry.get(key, 0), where, key) for key in ("width", "height"))
    return name, width, height


def _locate(base: Path, file: Path, names: list[str]) -> list[Path]:
    """Each image's path: as named below the usual folders, else the only file of that name."""
    found = find_images(base)
    paths = {path.relative_to(base).as_posix(): path for path in found}
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    for path in found:
        by_name[path.name].append(path)
    split = file.stem.rpartition("_")[2]
    folders = ("images/", f"images/{split}/", f"{split}/", "")
    located = []
    for name in names:
        hits = [paths[folder + name] for folder in folders if folder + name in paths]
        hits = hits[:1] or by_name[name.replace("\\", "/").rpartition("/")[2]]
        if len(hits) != 1:
            problem = f"names the image {name!r}, found {len(hits)} times below {base}"
            raise DatasetError(file, problem, f"Put the images below {base / 'images'}")
        located += hits
    return located
