"""BDD100K: one JSON file of frames (2020, Scalabel) or one JSON file an image (2018)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.bdd100k_categories import Categories
from sdvbench.datasets.bdd100k_frames import Frame, FrameFile, parse_bdd100k
from sdvbench.datasets.files import digest, existing_folder, files_below, labelled, read_bytes
from sdvbench.datasets.headers import quick_header
from sdvbench.datasets.images import find_images, read_image
from sdvbench.datasets.mapping import parse_map
from sdvbench.datasets.overshoot import clip
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

DETECTION = ("det_20", "det")  # the folders of the labels of 2020, beside lane, drivable and others
BESIDE = "JSON files beside {} are of other kinds and were not read"
OUTLINES = "JSON files hold lanes, areas or outlines but no boxes, and were left out"
NO_IMAGE = "labelled frames have no image here and were left out"
NO_FRAME = "images are not among the labelled frames and were left out"


class Bdd100k(Dataset):
    """BDD100K's detection labels.

    root: the folder with the images (``images/100k/val``, or anywhere below ``images``, or below
        ``root``) and the labels (JSON below ``labels/det_20``, below ``labels``, or below
        ``root``); every image that the labels name and that is there is a sample, so that one
        split's images can be used with the labels of several.
    map: other names for categories, such as "Lorry:truck,Tram:" (see ``parse_map``): for labels
        with names of one's own, or to join classes.

    Classes are BDD's ten. As in BDD's toolkit, the names of 2018 are read as their successors, a
    crowd attribute makes a crowd, and so do "other person", "other vehicle" and "trailer", beside
    pedestrian, car and truck: detections there count neither way. Labels without ``box2d`` (lanes,
    drivable area) are skipped. Corners are taken as they stand, while the toolkit adds a pixel to
    widths and heights. What was left out or changed stands in ``summary``. Source:
    github.com/bdd100k/bdd100k. Raises DatasetError on missing files and broken labels.
    """

    def __init__(self, root: Path | str, map: str = "") -> None:
        root, tally = existing_folder(Path(root), "images/ and labels/"), Tally()
        categories = Categories(parse_map(map))
        folder = root / "labels" if (root / "labels").is_dir() else root
        files = _read(_label_files(folder, tally), categories)
        used = _with_boxes(files, folder, tally)
        frames = _joined(used)
        # images/10k, where it lies beside, repeats some names of images/100k.
        places = (root / "images/100k", root / "images", root)
        images = next(place for place in places if place.is_dir())
        self._images = _matched(find_images(images), frames, tally)
        if not self._images:
            raise DatasetError(images, f"holds no image that {folder} names", "Check the split")
        found = [frames[path.stem].labels for path in self._images]
        self._labels = [
            clip(labels, quick_header(path).upright_px, path.name, tally) if labels else ()
            for path, labels in zip(self._images, found, strict=True)
        ]
        self.classes, self.aliases = categories.classes, categories.aliases
        self.labelled = any(file.content.stated for file in used)
        self.summary = tally.summary(len(self._images), sum(len(labels) for labels in self._labels))
        data = [file.data for file in used] + [f"map={map}".encode()] * bool(map)
        self.identity = digest("bdd100k", data, self._images, root)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        path = self._images[index]
        return labelled(path.name, read_image(path), self._labels[index])


class LabelFile(NamedTuple):
    """A file of labels, its bytes, what they say, and what was noted while they were read."""

    path: Path
    data: bytes
    content: FrameFile
    tally: Tally


def _label_files(folder: Path, tally: Tally) -> list[Path]:
    """The JSON files below ``folder``; only those of the detection labels where they are apart."""
    found = [file for file in files_below(folder) if file.suffix.lower() == ".json"]
    files = [file for file in found if not file.name.startswith(".")]
    if not files:
        raise DatasetError(folder, "holds no JSON file", "Put BDD100K's labels below it")
    for name in DETECTION:
        apart = [file for file in files if (folder / name) in file.parents]
        if apart:
            others = [file for file in files if file not in set(apart)]
            first = others[0].relative_to(folder) if others else ""
            tally.add("unmatched", BESIDE.format(f"{name}/"), first, len(others))
            return apart
    return files


def _read(files: Iterable[Path], categories: Categories) -> list[LabelFile]:
    result = []
    for file in files:
        data, tally = read_bytes(file), Tally()
        result.append(LabelFile(file, data, parse_bdd100k(data, file, tally, categories), tally))
    return result


def _with_boxes(files: Sequence[LabelFile], folder: Path, tally: Tally) -> list[LabelFile]:
    """``files`` without those of lanes, drivable areas and segmentation, which have no boxes."""
    outlines = [f for f in files if f.content.outlines and not f.content.boxes]
    if outlines and not any(file.content.boxes for file in files):
        problem = f"holds outlines (lanes, drivable areas, segments) but no box2d in {folder}"
        raise DatasetError(outlines[0].path, problem, "Give the detection labels (det_20)")
    others = [file for file in files if not (file.content.outlines and not file.content.boxes)]
    named = {name for file in others for name in file.content.frames}
    # As of 2018 an image has a file of its own, and some of these show lanes only.
    apart = [f for f in outlines if not f.content.single or not named.isdisjoint(f.content.frames)]
    if apart:
        tally.add("unmatched", OUTLINES, apart[0].path.relative_to(folder), len(apart))
    left_out = {file.path for file in apart}
    used = [file for file in files if file.path not in left_out]
    for note in (note for file in used for note in file.tally.summary(0, 0).notes):
        tally.add(note.kind, note.what, note.example, note.count)
    return used


def _joined(files: Iterable[LabelFile]) -> dict[str, Frame]:
    frames: dict[str, Frame] = {}
    for file in files:
        for name, frame in file.content.frames.items():
            if name in frames:
                problem = f"labels {name!r}, which another file has labelled"
                raise DatasetError(file.path, problem, "Keep one of the two below labels/")
            frames[name] = frame
    return frames


def _matched(images: Iterable[Path], frames: Mapping[str, Frame], tally: Tally) -> list[Path]:
    """The image of each frame that has one, in the order of the paths."""
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    for path in images:
        by_name[path.stem].append(path)
    chosen = []
    for name, paths in by_name.items():
        if name not in frames:
            tally.add("unmatched", NO_FRAME, paths[0].name, len(paths))
            continue
        exact = [path for path in paths if path.name == frames[name].file_name] or paths
        if len(exact) > 1:
            problem = f"is one of {len(exact)} images of this name, such as {exact[1]}"
            raise DatasetError(exact[0], problem, "Keep the one that was labelled")
        chosen.append(exact[0])
    missing = [name for name in frames if name not in by_name]
    if missing:
        tally.add("unmatched", NO_IMAGE, missing[0], len(missing))
    return sorted(chosen)
