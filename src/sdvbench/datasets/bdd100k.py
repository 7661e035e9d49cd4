"""BDD100K: one JSON file of frames (2020) or one JSON file an image (2018)."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.files import (
    Label,
    corners,
    decode_json,
    digest,
    existing_folder,
    files_below,
    labelled,
    number,
    read_bytes,
)
from sdvbench.datasets.images import find_images, read_image
from sdvbench.errors import DatasetError

# fmt: off
BDD_CLASSES: tuple[str, ...] = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
    "traffic light", "traffic sign",
)
# fmt: on
# The names of 2018 and the rare ones, as BDD's toolkit reads them.
RENAMED = {
    "person": "pedestrian",
    "bike": "bicycle",
    "motor": "motorcycle",
    "caravan": "car",
    "van": "car",
}
# What the toolkit does not score; it makes crowds of them, under the nearest class.
UNSCORED = {"other person": "pedestrian", "other vehicle": "car", "trailer": "truck"}
# A stop sign is the one traffic sign that models trained on COCO know.
ALIASES = {
    "person": "pedestrian",
    "bike": "bicycle",
    "motor": "motorcycle",
    "motorbike": "motorcycle",
    "stop sign": "traffic sign",
}

Frames = dict[str, tuple[Label, ...]]


class Bdd100k(Dataset):
    """BDD100K's detection labels.

    root: the folder with the images (``images/100k/val``, or anywhere below ``images``, or below
        ``root``) and the labels (JSON below ``labels``, or below ``root``); every image that the
        labels name and that is there is a sample, so that one split's images can be used with the
        labels of several.

    Classes are BDD's ten. As in BDD's toolkit, the names of 2018 are read as their successors, a
    crowd attribute makes a crowd, and so do "other person", "other vehicle" and "trailer", beside
    pedestrian, car and truck: detections there count neither way. Labels without ``box2d`` (lanes,
    drivable area) are skipped. Corners are taken as they stand, while the toolkit adds a pixel to
    widths and heights. Source: github.com/bdd100k/bdd100k.
    Raises DatasetError on missing files and broken labels.
    """

    classes = BDD_CLASSES
    aliases: Mapping[str, str] = MappingProxyType(ALIASES)

    def __init__(self, root: Path | str) -> None:
        root = existing_folder(Path(root), "images/ and labels/")
        labels = root / "labels" if (root / "labels").is_dir() else root
        files = [file for file in files_below(labels) if file.suffix == ".json"]
        if not files:
            raise DatasetError(labels, "holds no JSON file", "Put BDD100K's labels below it")
        data = [read_bytes(file) for file in files]
        frames: Frames = {}
        for content, file in zip(data, files, strict=True):
            for name, found in parse_bdd100k(content, file).items():
                if name in frames:
                    problem = f"labels {name!r}, which another file has labelled"
                    raise DatasetError(file, problem, "Keep one of the two below labels/")
                frames[name] = found
        # images/10k, where it lies beside, repeats some names of images/100k.
        places = (root / "images/100k", root / "images", root)
        images = next(folder for folder in places if folder.is_dir())
        self._images = [path for path in find_images(images) if path.stem in frames]
        if not self._images:
            raise DatasetError(images, f"holds no image that {labels} names", "Check the split")
        self._labels = [frames[path.stem] for path in self._images]
        self.identity = digest("bdd100k", data, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        path = self._images[index]
        return labelled(path.name, read_image(path), self._labels[index])


def parse_bdd100k(data: bytes, path: Path) -> Frames:
    """Labels by image name without its suffix, from the bytes of one file of either format.

    Raises DatasetError with the line of a syntax error or the index of a bad entry.
    """
    document = decode_json(data, path)
    entries = document if isinstance(document, list) else [document]
    frames: Frames = {}
    for position, entry in enumerate(entries):
        where = f"{path}, frame {position}"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise DatasetError(where, "has no name", "Give BDD100K's detection labels")
        name = Path(entry["name"]).stem or entry["name"]
        if name in frames:
            raise DatasetError(where, f"repeats the name {name!r}", "Keep one of the two")
        frames[name] = tuple(_frame(entry, f"{where} ({name[:60]})"))
    return frames


def _frame(entry: dict[str, Any], where: str) -> list[Label]:
    """One image's labels: under "labels" (2020), or under "frames"[0]["objects"] (2018)."""
    found = entry.get("labels")
    if found is None and entry.get("frames"):
        inner = entry["frames"]
        if not isinstance(inner, list) or len(inner) != 1 or not isinstance(inner[0], dict):
            raise DatasetError(where, "is a video, not one image", "Give the image labels")
        found = inner[0].get("objects")
    labels = []
    if not isinstance(found or [], list):
        raise DatasetError(where, "has labels that are no list", "Give BDD100K's own file")
    for position, label in enumerate(found or []):
        place = f"{where}, label {position}"
        if not isinstance(label, dict):
            raise DatasetError(place, "is no JSON object", "Give BDD100K's own file")
        if label.get("box2d") is not None:
            labels.append(_label(label, place))
    return labels


def _label(label: dict[str, Any], where: str) -> Label:
    category, box = label.get("category"), label["box2d"]
    attributes = label.get("attributes") or {}
    if not isinstance(category, str):
        raise DatasetError(where, "has no category", "Give BDD100K's own file")
    name = UNSCORED.get(category, RENAMED.get(category, category))
    if name not in BDD_CLASSES:
        problem = f"category {category[:40]!r} is not one of BDD100K's"
        raise DatasetError(where, problem, f"Choose from {', '.join(BDD_CLASSES)}")
    if not isinstance(box, dict) or not isinstance(attributes, dict):
        raise DatasetError(where, "has a box2d or attributes that are no JSON object")
    x1, y1, x2, y2 = (
        number(box.get(key), where, f"box2d.{key}") for key in ("x1", "y1", "x2", "y2")
    )
    crowd = bool(attributes.get("crowd")) or category in UNSCORED
    return Label(corners(x1, y1, x2, y2, where), BDD_CLASSES.index(name), crowd=crowd)
