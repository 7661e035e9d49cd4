"""KITTI object detection: training/image_2 and training/label_2."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.files import (
    Label,
    decode_text,
    digest,
    existing_folder,
    labelled,
    read_bytes,
)
from sdvbench.datasets.headers import quick_header
from sdvbench.datasets.images import find_images, read_image
from sdvbench.datasets.kitti_files import label_files, part_of, with_labels
from sdvbench.datasets.kitti_labels import KittiObject, check_targets, labels_of, parse_kitti
from sdvbench.datasets.kitti_schemes import DIFFICULTIES, SCHEMES, Difficulty, Scheme
from sdvbench.datasets.mapping import DROPPED, parse_map
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
        self._labels: list[Sequence[Label]] = []
        count = 0
        for path, file, content in zip(self._images, found, data, strict=True):
            text = decode_text(content, file or path)
            objects = parse_kitti(text, file or path, tally, targets)
            labels = _clipped(objects, path, rules, limits, tally)
            count += len(labels)
            self._labels.append([label for each in labels for label in each])
        self.summary = tally.summary(len(self._images), count)
        marks = [f"map={map}".encode(errors="replace")] * bool(map)
        self.identity = digest(f"kitti-{scheme}-{difficulty}", data + marks, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        path = self._images[index]
        return labelled(path.name, read_image(path), self._labels[index])


def _clipped(
    objects: Sequence[KittiObject], path: Path, rules: Scheme, limits: Difficulty, tally: Tally
) -> list[list[Label]]:
    """The labels of each object, within the image."""
    labels = labels_of(objects, rules, limits, path.name, tally)
    if not labels:
        return []
    size = quick_header(path).upright_px
    kept = []
    for each in labels:
        first = clip(each[:1], size, path.name, tally)
        if first:
            kept.append([Label(first[0].box, e.class_index, e.crowd, e.ignore) for e in each])
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
