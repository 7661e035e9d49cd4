"""KITTI object detection: training/image_2 and training/label_2."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.datasets.files import (
    Label,
    decode_text,
    digest,
    existing_folder,
    labelled,
    read_bytes,
)
from sdvbench.datasets.images import find_images, read_image
from sdvbench.datasets.kitti_files import label_files, part_of, with_labels
from sdvbench.datasets.kitti_labels import check_targets, labels_of, parse_kitti
from sdvbench.datasets.kitti_schemes import DIFFICULTIES, SCHEMES, Scheme
from sdvbench.datasets.mapping import DROPPED, parse_map
from sdvbench.datasets.orientation import AUTO, Reading, decide, described
from sdvbench.datasets.overshoot import clip
from sdvbench.datasets.summary import Tally
from sdvbench.errors import OptionError

_Value = TypeVar("_Value")


class Kitti(Dataset):
    """KITTI's object benchmark.

    root: the folder that holds ``training``, or the one that holds ``image_2`` and ``label_2``.
        Without labels (``testing``) the data set is not ``labelled``.
    difficulty: easy, moderate or hard: at least 40, 25, 25 pixels high, occlusion up to 0, 1, 2,
        truncation up to 0.15, 0.30, 0.50. Objects beyond that are ignored: they need not be found.
    scheme: "kitti" scores Car, Pedestrian and Cyclist as the benchmark does (Van is ignored beside
        Car, Person_sitting beside Pedestrian). "coco" is for models trained on COCO: Car, Van,
        Truck and Tram are "vehicle", Pedestrian and Person_sitting "person"; Cyclist is ignored
        beside person, Misc beside vehicle. DontCare is a crowd region of every class.
    labelled_only: leave out images without a label file; otherwise they have no objects.
    map: types by names of one's own, such as "Bus:Truck,Dog:" (see ``parse_map``), before the
        scheme applies.
    exif: for images with an EXIF orientation whose labels fit both ways: "stored" or "upright";
        "auto" refuses them unless other images show which is meant.

    Not done here, since it concerns detections: the benchmark also drops those lower than the
    minimum height. What was left out or changed stands in ``summary``. Source: the development kit
    of cvlibs.net/datasets/kitti (evaluate_object).
    Raises DatasetError on missing folders and broken lines, OptionError on an unknown option.
    """

    def __init__(
        self,
        root: Path | str,
        difficulty: str = "moderate",
        scheme: str = "kitti",
        labelled_only: bool = True,
        map: str = "",
        exif: str = AUTO,
    ) -> None:
        limits = _choice("difficulty", difficulty, DIFFICULTIES)
        rules = _choice("scheme", scheme, SCHEMES)
        targets, tally = parse_map(map), Tally()
        check_targets(targets)
        self.classes, self.aliases = rules.classes, _aliases(rules, targets)
        root = part_of(existing_folder(Path(root), "training/image_2 and training/label_2"))
        images = find_images(existing_folder(root / "image_2", "the images"))
        files = label_files(root, labelled_only)
        self.labelled = files is not None
        self._images = images
        if files is not None:
            self._images = with_labels(images, files, root / "label_2", labelled_only, tally)
        found = [(files or {}).get(path.stem) for path in self._images]
        data = [read_bytes(file) if file else b"" for file in found]
        each = []
        for path, file, content in zip(self._images, found, data, strict=True):
            objects = parse_kitti(decode_text(content, file or path), file or path, tally, targets)
            each.append(labels_of(objects, rules, limits, path.name, tally))
        pairs = list(zip(self._images, each, strict=True))
        tagged = [
            described(path, None, (o[0] for o in objects)) for path, objects in pairs if objects
        ]
        self._reading = decide(tagged, exif, root, tally)
        each = [_clipped(objects, path, self._reading, tally) for path, objects in pairs]
        self._labels = [[label for labels in objects for label in labels] for objects in each]
        self.summary = tally.summary(len(self._images), sum(len(objects) for objects in each))
        marks = [mark for mark in (map.encode(errors="replace"), self._reading.mark) if mark]
        self.identity = digest(f"kitti-{scheme}-{difficulty}", data + marks, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> DetectionSample:
        path = self._images[index]
        image = read_image(path, as_stored=self._reading.is_stored(path))
        return labelled(path.name, image, self._labels[index])


def _clipped(
    objects: Sequence[Sequence[Label]], path: Path, reading: Reading, tally: Tally
) -> list[list[Label]]:
    """The labels of each object, within the image."""
    kept = []
    size = reading.size_px(path) if objects else (0, 0)
    for labels in objects:
        for first in clip(labels[:1], size, path.name, tally):
            kept.append([replace(label, box=first.box) for label in labels])
    return kept


def _aliases(rules: Scheme, targets: Mapping[str, str]) -> dict[str, str]:
    """The scheme's, and each mapped name for the class of its type."""
    own = {
        name: rules.scored[target]
        for name, target in targets.items()
        if target != DROPPED and target in rules.scored and name not in rules.classes
    }
    return {**rules.aliases, **own}


def _choice(option: str, name: str, known: dict[str, _Value]) -> _Value:
    if name not in known:
        raise OptionError(f"{option}={name}", "is not known", f"Choose from {', '.join(known)}")
    return known[name]
