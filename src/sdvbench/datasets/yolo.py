"""Data sets in the layout of YOLO: images, and one text file of boxes for each."""

import os
from collections.abc import Sequence
from pathlib import Path

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.files import (
    Label,
    decode_text,
    digest,
    existing_folder,
    labelled,
    read_bytes,
)
from sdvbench.datasets.headers import read_header
from sdvbench.datasets.images import read_image
from sdvbench.datasets.summary import Tally
from sdvbench.datasets.yolo_files import LabelFiles
from sdvbench.datasets.yolo_labels import parse_yolo
from sdvbench.datasets.yolo_layout import Layout, find_layout
from sdvbench.datasets.yolo_names import find_names
from sdvbench.datasets.yolo_yaml import SUFFIXES, find_description
from sdvbench.errors import DatasetError

__all__ = ["Yolo", "parse_yolo"]


class Yolo(Dataset):
    """Images with label files: ``labels/**/NAME.txt`` for ``images/**/NAME.jpg``, or beside them.

    root: the folder, or the YAML file that describes the data set.
    classes: the names by id; see ``names``.
    split: train, val or test, as the YAML file names them (``path``, ``train``, ``val``, ``test``:
        folders or lists of images), or by folders: ``images/val``, ``images/val2017``,
        ``val/images``, ``valid/images``. "all" takes those of all splits. Without one: all images
        where there are no splits or only one; otherwise val (else test, else train), and the
        summary gives the number of images that were left out.
    names: "coco" for COCO's 80. Without: those of the YAML file, of ``classes.txt``, or of
        ``labels/classes.txt``, in this order.

    A line of a label file is: class id, centre x and y, width and height as fractions of the
    image's. Of a polygon or of four corners the box around them is taken. An image without a label
    file has no objects. Images are turned as their EXIF orientation says. Raises DatasetError on
    missing folders, broken lines (named with their number), and ids without a name.
    """

    def __init__(
        self,
        root: Path | str,
        classes: Sequence[str] | None = None,
        split: str = "",
        names: str = "",
    ) -> None:
        root = Path(root)
        if not (root.is_file() and root.suffix.lower() in SUFFIXES):
            root = existing_folder(root, "images/ and labels/")
        description = find_description(root)
        folder = root.parent if root.is_file() else root
        layout = find_layout(folder, description, split)
        inside = all(path.is_relative_to(folder) for path in layout.images)
        self._images = layout.images if inside else [path.absolute() for path in layout.images]
        self._top = _top(self._images, folder)
        tally, files = Tally(), LabelFiles()
        found = [files.of(path) for path in self._images]
        self._check_files(layout, files, found, tally)
        data = [read_bytes(file) if file else b"" for file in found]
        points = description.keypoints if description else None
        self._labels = [
            parse_yolo(decode_text(content, file), file, tally, points) if file else ()
            for content, file in zip(data, found, strict=True)
        ]
        beside = dict.fromkeys(file.parent for file in found if file)
        self.classes = (
            tuple(classes)
            if classes is not None
            else find_names(folder, description, beside, names, tally)
        )
        for rows, file in zip(self._labels, found, strict=True):
            for row in rows:
                if row.class_index >= len(self.classes):
                    problem = f"class id {row.class_index} has no name ({len(self.classes)} known)"
                    remedy = "Give a name for each class id, in data.yaml or classes.txt"
                    raise DatasetError(str(file), problem, remedy)
        for path in self._images:
            if read_header(path).orientation != 1:
                tally.add("changed", "images were turned as their EXIF orientation says", path)
        joined = "\n".join(self.classes).encode(errors="replace")
        place = folder if inside else self._top
        self.identity = digest("yolo", [joined, *data], self._images, place)
        self.summary = tally.summary(len(self._images), sum(map(len, self._labels)))

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> DetectionSample:
        path, image = self._images[index], read_image(self._images[index])
        height, width = image.shape[:2]
        pixels = []
        for row in self._labels[index]:
            x1, y1, x2, y2 = row.box
            box = (x1 * width, y1 * height, x2 * width, y2 * height)
            pixels.append(Label(box, row.class_index))
        return labelled(path.relative_to(self._top).as_posix(), image, pixels)

    @staticmethod
    def _check_files(
        layout: Layout, files: LabelFiles, found: Sequence[Path | None], tally: Tally
    ) -> None:
        """Notes what does not fit together; DatasetError where nothing does."""
        owners: dict[Path, Path] = {}
        for image, file in zip(layout.images, found, strict=True):
            if file is None:
                foreign = files.foreign(image)
                what = "images have no label file and count as images without objects"
                if foreign:
                    what = (
                        f"images have no .txt label file but a {foreign.suffix}, which is not read"
                    )
                tally.add("unmatched", what, image)
            elif owners.setdefault(file, image) != image:
                what = "images share the label file of another image with the same name"
                tally.add("changed", what, image)
        unmatched = files.unmatched(layout.places, set(owners))
        if not owners:
            there = f" ({len(unmatched)} label files, {len(layout.images)} images)"
            where = layout.places[0] if layout.places else layout.images[0]
            remedy = "Name labels like images and put them into labels/, or beside the images"
            raise DatasetError(where, f"holds no file for any image{there}", remedy)
        if unmatched:
            what = "label files match no image"
            tally.add("unmatched", what, unmatched[0], len(unmatched))
        if layout.left_out:
            what = f"images outside the split {layout.split} were left out (?split= chooses)"
            tally.add("dropped", what, layout.left_out[0], len(layout.left_out))


def _top(images: Sequence[Path], folder: Path) -> Path:
    """The folder that the names of samples are relative to."""
    for top in (folder / "images", folder):
        if all(path.is_relative_to(top) for path in images):
            return top
    return Path(os.path.commonpath([path.parent for path in images]))
