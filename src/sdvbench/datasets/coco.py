"""COCO: one JSON file of instances beside folders of images."""

from dataclasses import replace
from pathlib import Path

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.coco_files import annotation_file, image_base
from sdvbench.datasets.coco_images import locate
from sdvbench.datasets.coco_json import CocoImage, parse_coco
from sdvbench.datasets.files import Label, digest, labelled, read_bytes
from sdvbench.datasets.images import read_image
from sdvbench.datasets.mapping import parse_map
from sdvbench.datasets.orientation import AUTO, STORED, Reading, decide, described
from sdvbench.datasets.overshoot import clip
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

CROWDED = "annotations are crowds, in which detections count neither way"


class Coco(Dataset):
    """Instances in COCO's format.

    root: the folder that holds ``annotations/*.json`` and the images (below ``images/``, in a
        folder named after the split, or anywhere below ``root`` under their file names), or the
        JSON file itself. Beside captions and the like, ``instances_*`` is read.
    split: which of several files, such as val2017, or the folder that holds it.
    map: new names for categories, such as "bus:vehicle,car:vehicle,kite:" (see ``parse_map``).
    present: use the images that are there and leave out the others; otherwise all must be there.
    exif: how to read images with an EXIF orientation whose labels fit both ways: "stored",
        "upright", or "auto" (see ``orientation.decide``).

    Files are read as COCO's own tools read them: boxes from x y width height, a polygon or mask
    where there is no box, ids as numbers or text, ``iscrowd`` as crowd, sizes of null or -1 as not
    stated. Classes are the categories in the order of their ids, without those that only group
    others. What was left out or changed stands in ``summary``. Without annotations the data set is
    not ``labelled``. Source: cocodataset.org/#format-data.
    Raises DatasetError where the file is broken or an image it names is missing.
    """

    def __init__(
        self,
        root: Path | str,
        split: str = "",
        map: str = "",
        present: bool = False,
        exif: str = AUTO,
    ) -> None:
        file, tally = annotation_file(Path(root), split), Tally()
        data, base = read_bytes(file), image_base(file)
        content = parse_coco(data, file, tally, parse_map(map))
        names = [image.file_name for image in content.images]
        paths = locate(base, file, names, tally, present=present)
        found = [(i, p) for i, p in zip(content.images, paths, strict=True) if p is not None]
        self._paths = [path for _, path in found]
        # COCO's own tools read images as they are stored.
        tagged = [described(path, _stated(entry), entry.labels) for entry, path in found]
        self._reading = decide(tagged, exif, file, tally, fallback=STORED)
        self._entries = [_clipped(*each, self._reading, tally) for each in found]
        self._file = file
        self.classes, self.aliases = content.categories.names, content.categories.aliases
        self.labelled = content.labelled
        self.summary = tally.summary(len(found), sum(len(entry.labels) for entry in self._entries))
        marks = [mark for mark in (map.encode(errors="replace"), self._reading.mark) if mark]
        self.identity = digest("coco", [data, *marks], self._paths, base)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> DetectionSample:
        entry, path = self._entries[index], self._paths[index]
        image = read_image(path, as_stored=path not in self._reading.upright)
        height, width = image.shape[:2]
        if entry.width and entry.height and (entry.width, entry.height) != (width, height):
            problem = f"has {width}x{height} pixels, {self._file} says {entry.width}x{entry.height}"
            raise DatasetError(path, problem, "Fetch the image that was labelled")
        return labelled(entry.file_name, image, entry.labels)


def _clipped(entry: CocoImage, path: Path, reading: Reading, tally: Tally) -> CocoImage:
    """The entry with its labels within the image, whose header says the size if need be."""
    if not entry.labels:
        return entry
    size = (entry.width, entry.height) if entry.width else reading.size_px(path)
    labels: tuple[Label, ...] = clip(entry.labels, size, entry.file_name, tally)
    tally.add("ignored", CROWDED, entry.file_name, sum(label.crowd for label in labels))
    return replace(entry, labels=labels)


def _stated(entry: CocoImage) -> tuple[int, int] | None:
    return (entry.width, entry.height) if entry.width else None
