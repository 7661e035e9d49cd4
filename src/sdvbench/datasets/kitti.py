"""KITTI object detection: training/image_2 and training/label_2."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.files import (
    Label,
    corners,
    decode_text,
    digest,
    existing_folder,
    labelled,
    number,
    read_bytes,
    whole_number,
)
from sdvbench.datasets.images import find_images, read_image
from sdvbench.errors import DatasetError, OptionError

FIELDS_PER_LINE = 15
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Difficulty:
    """What must be found; anything lower, more hidden or more cut off need not be."""

    min_height_px: float
    max_occlusion: int
    max_truncation: float


@dataclass(frozen=True)
class Scheme:
    """How KITTI's types are scored: as a class, as ignored beside a class, or not at all."""

    classes: tuple[str, ...]
    scored: dict[str, str]
    ignored: dict[str, str]
    aliases: dict[str, str]


@dataclass(frozen=True)
class KittiObject:
    """One line of a label file, without its 3-D part; box in pixels, occlusion 0 to 3."""

    type: str
    truncation: float
    occlusion: int
    box: tuple[float, float, float, float]


TYPES = frozenset(
    ("Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc", "DontCare")
)
DIFFICULTIES = {
    "easy": Difficulty(40, 0, 0.15),
    "moderate": Difficulty(25, 1, 0.30),
    "hard": Difficulty(25, 2, 0.50),
}
SCHEMES = {
    "kitti": Scheme(
        classes=("Car", "Pedestrian", "Cyclist"),
        scored={name: name for name in ("Car", "Pedestrian", "Cyclist")},
        ignored={"Van": "Car", "Person_sitting": "Pedestrian"},
        aliases={
            "car": "Car",
            "person": "Pedestrian",
            "pedestrian": "Pedestrian",
            "cyclist": "Cyclist",
        },
    ),
    "coco": Scheme(
        classes=("vehicle", "person"),
        scored={
            **dict.fromkeys(("Car", "Van", "Truck", "Tram"), "vehicle"),
            **dict.fromkeys(("Pedestrian", "Person_sitting"), "person"),
        },
        ignored={"Cyclist": "person", "Misc": "vehicle"},
        aliases={**dict.fromkeys(("car", "bus", "truck", "train"), "vehicle")},
    ),
}


class Kitti(Dataset):
    """KITTI's object benchmark.

    root: the folder that holds ``training``, or the one that holds ``image_2`` and ``label_2``.
    difficulty: easy, moderate or hard: at least 40, 25, 25 pixels high, occlusion up to 0, 1, 2,
        truncation up to 0.15, 0.30, 0.50. Objects beyond that are ignored: they need not be found.
    scheme: "kitti" scores Car, Pedestrian and Cyclist as the benchmark does (Van is ignored beside
        Car, Person_sitting beside Pedestrian). "coco" is for models trained on COCO: Car, Van,
        Truck and Tram are "vehicle", Pedestrian and Person_sitting "person"; Cyclist is ignored
        beside person, Misc beside vehicle. DontCare is a crowd region of every class.
    labelled_only: leave out images without a label file; otherwise they have no objects.

    Not done here, since it concerns detections: the benchmark also drops those lower than the
    minimum height. Source: the development kit of cvlibs.net/datasets/kitti (evaluate_object).
    Raises DatasetError on missing folders and broken lines, OptionError on an unknown option.
    """

    def __init__(
        self,
        root: Path | str,
        difficulty: str = "moderate",
        scheme: str = "kitti",
        labelled_only: bool = True,
    ) -> None:
        limits = _choice("difficulty", difficulty, DIFFICULTIES)
        rules = _choice("scheme", scheme, SCHEMES)
        self.classes, self.aliases = rules.classes, rules.aliases
        root = existing_folder(Path(root), "training/image_2 and training/label_2")
        root = root / "training" if (root / "training").is_dir() else root
        images = find_images(existing_folder(root / "image_2", "the images"))
        folder = existing_folder(root / "label_2", "the label files")
        files = {path: folder / f"{path.stem}.txt" for path in images}
        if not any(file.exists() for file in files.values()):
            raise DatasetError(folder, "holds no file for any image", "Name labels like images")
        self._images = [path for path in images if files[path].exists() or not labelled_only]
        data = [read_bytes(f) if (f := files[p]).exists() else b"" for p in self._images]
        self._labels = []
        for path, content in zip(self._images, data, strict=True):
            objects = parse_kitti(decode_text(content, files[path]), files[path])
            self._labels.append(tuple(_labels(objects, rules, limits)))
        self.identity = digest(f"kitti-{scheme}-{difficulty}", data, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        path = self._images[index]
        return labelled(path.name, read_image(path), self._labels[index])


def parse_kitti(text: str, path: Path) -> tuple[KittiObject, ...]:
    """The objects of one label file; ``path`` is for messages.

    Raises DatasetError naming ``path`` and the line where one is not a valid label.
    """
    objects = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        where, fields = f"{path}, line {line_number}", line.split()
        if not fields:
            continue
        if len(fields) != FIELDS_PER_LINE:
            extra = " (a 16th is the score of a detection)" if len(fields) == 16 else ""
            problem = f"has {len(fields)} values instead of {FIELDS_PER_LINE}{extra}"
            raise DatasetError(where, problem, "Give KITTI's own label file")
        if fields[0] not in TYPES:
            problem = f"type {fields[0][:40]!r} is not one of KITTI's"
            raise DatasetError(where, problem, f"Choose from {', '.join(sorted(TYPES))}")
        truncation = number(fields[1], where, "truncation")
        occlusion = whole_number(fields[2], where, "occlusion")
        x1, y1, x2, y2 = (number(field, where, "a box coordinate") for field in fields[4:8])
        box = corners(x1, y1, x2, y2, where)
        objects.append(KittiObject(fields[0], truncation, occlusion, box))
    return tuple(objects)


def _labels(objects: Iterable[KittiObject], rules: Scheme, limits: Difficulty) -> Iterable[Label]:
    for entry in objects:
        height_px = entry.box[3] - entry.box[1]
        beyond = (
            height_px < limits.min_height_px
            or entry.occlusion > limits.max_occlusion
            or entry.truncation > limits.max_truncation
        )
        if entry.type == "DontCare":
            for index in range(len(rules.classes)):
                yield Label(entry.box, index, crowd=True)
        elif entry.type in rules.scored:
            index = rules.classes.index(rules.scored[entry.type])
            yield Label(entry.box, index, ignore=beyond)
        elif entry.type in rules.ignored:
            index = rules.classes.index(rules.ignored[entry.type])
            yield Label(entry.box, index, ignore=True)


def _choice(option: str, name: str, known: dict[str, _Value]) -> _Value:
    if name not in known:
        raise OptionError(f"{option}={name}", "is not known", f"Choose from {', '.join(known)}")
    return known[name]
