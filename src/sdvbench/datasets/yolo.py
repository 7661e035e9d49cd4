"""Folders in the layout of YOLO: images/ and labels/ with one text file an image."""

from collections.abc import Sequence
from pathlib import Path

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.datasets.files import (
    Label,
    decode_text,
    digest,
    existing_folder,
    labelled,
    number,
    read_bytes,
    whole_number,
)
from sdvbench.datasets.images import find_images, read_image
from sdvbench.errors import DatasetError

# Exporters round: a box along the edge may overshoot 1 by this much.
OVERSHOOT = 0.01


class Yolo(Dataset):
    """``images/**`` with ``labels/**`` beside them, same names ending in .txt.

    root: the folder that holds ``images`` and ``labels``.
    classes: the names by id; otherwise those of ``root/classes.txt`` (one a line), otherwise COCO's
        80 where no id is above 79.

    A line of a label file is: class id, centre x and y, width and height as fractions of the
    image's. An image without a label file has no objects. Raises DatasetError on missing folders,
    broken lines (named with their number) and ids without a name.
    """

    def __init__(self, root: Path | str, classes: Sequence[str] | None = None) -> None:
        root = existing_folder(Path(root), "images/ and labels/")
        images = existing_folder(root / "images", "the images")
        labels = existing_folder(root / "labels", "the label files")
        self._root, self._images = root, find_images(images)
        files = [labels / path.relative_to(images).with_suffix(".txt") for path in self._images]
        data = [read_bytes(file) if file.exists() else b"" for file in files]
        self._labels = [
            parse_yolo(decode_text(content, file), file)
            for content, file in zip(data, files, strict=True)
        ]
        if not any(file.exists() for file in files):
            raise DatasetError(labels, "holds no file for any image", "Name labels like images")
        self.classes = tuple(classes) if classes is not None else _class_names(root)
        for rows, file in zip(self._labels, files, strict=True):
            for row in rows:
                if row.class_index >= len(self.classes):
                    problem = f"class id {row.class_index} has no name ({len(self.classes)} known)"
                    raise DatasetError(file, problem, f"List the names in {root / 'classes.txt'}")
        names = "\n".join(self.classes).encode(errors="replace")
        self.identity = digest("yolo", [names, *data], self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        path, image = self._images[index], read_image(self._images[index])
        height, width = image.shape[:2]
        pixels = []
        for row in self._labels[index]:
            x, y, w, h = row.box
            corners = (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width
            pixels.append(Label((*corners, (y + h / 2) * height), row.class_index))
        return labelled(path.relative_to(self._root / "images").as_posix(), image, pixels)


def parse_yolo(text: str, path: Path) -> tuple[Label, ...]:
    """The labels of one file, their boxes still as x y width height in fractions of the image.

    Raises DatasetError naming ``path`` and the line where one is not five valid numbers.
    """
    labels = []
    for number_of_line, line in enumerate(text.splitlines(), start=1):
        where, fields = f"{path}, line {number_of_line}", line.split()
        if not fields:
            continue
        if len(fields) != 5:
            problem = f"has {len(fields)} values instead of 5"
            raise DatasetError(where, problem, "Give class, centre x, centre y, width, height")
        index = whole_number(fields[0], where, "the class id")
        box = [number(field, where, "a coordinate") for field in fields[1:]]
        if index < 0:
            raise DatasetError(where, f"class id {index} is negative", "Number classes from 0")
        if not all(0 <= value <= 1 + OVERSHOOT for value in box):
            problem = f"has a coordinate outside 0..1 ({' '.join(fields[1:])[:60]})"
            raise DatasetError(where, problem, "Divide by the image's width and height")
        labels.append(Label((box[0], box[1], box[2], box[3]), index))
    return tuple(labels)


def _class_names(root: Path) -> tuple[str, ...]:
    file = root / "classes.txt"
    if not file.exists():
        return COCO_CLASSES
    lines = (line.strip() for line in decode_text(read_bytes(file), file).splitlines())
    names = tuple(line for line in lines if line)
    if not names or len(set(names)) < len(names):
        raise DatasetError(file, "is empty or repeats a name", "Give one class name a line")
    return names
