"""BDD100K's label files below a folder, and the images that they name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sdvbench.datasets.bdd100k_categories import Categories
from sdvbench.datasets.bdd100k_frames import Frame, FrameFile, parse_bdd100k
from sdvbench.datasets.files import files_below, read_bytes
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

DETECTION = ("det_20", "det")  # the folders of the labels of 2020, beside lane, drivable and others
BESIDE = "JSON files beside {} were not read"
OUTLINES = "JSON files hold lanes, areas or outlines but no boxes, and were left out"
NO_IMAGE = "labelled frames have no image here and were left out"
MOVED = "images lie in another folder than the labels say"
NO_FRAME = "images are not among the labelled frames and were left out"


class LabelFile(NamedTuple):
    """A file of labels, its bytes, and what they say."""

    path: Path
    data: bytes
    content: FrameFile


def read_labels(folder: Path, categories: Categories, tally: Tally) -> list[LabelFile]:
    """The detection labels below ``folder``, without those of lanes, areas and segments."""
    files = []
    for path in _label_files(folder, tally):
        data = read_bytes(path)
        files.append(LabelFile(path, data, parse_bdd100k(data, path, categories)))
    return _with_boxes(files, folder, tally)


def joined(files: Iterable[LabelFile]) -> dict[str, Frame]:
    """The frames of all files; one that two files have is a DatasetError."""
    frames: dict[str, Frame] = {}
    for file in files:
        for name, frame in file.content.frames.items():
            if name in frames:
                problem = f"labels {name!r}, which another file has labelled"
                raise DatasetError(file.path, problem, "Keep one of the two below labels/")
            frames[name] = frame
    return frames


def matched(images: Iterable[Path], frames: Mapping[str, Frame], tally: Tally) -> list[Path]:
    """The image of each frame that has one, in the order of the paths."""
    by_name: defaultdict[str, list[Path]] = defaultdict(list)
    for path in images:
        by_name[path.stem].append(path)
    chosen = []
    for name, paths in by_name.items():
        if name not in frames:
            tally.add("unmatched", NO_FRAME, paths[0].name, len(paths))
            continue
        frame = frames[name]
        exact = [path for path in paths if path.name == frame.file_name] or paths
        exact = [path for path in exact if path.parent.name == frame.folder] or exact
        if len(exact) > 1:
            problem = f"is one of {len(exact)} images of this name, such as {exact[1]}"
            raise DatasetError(exact[0], problem, "Keep the one that was labelled")
        if frame.folder and exact[0].parent.name != frame.folder:
            tally.add("changed", MOVED, f"{frame.folder}/{frame.file_name}")
        chosen.append(exact[0])
    missing = [name for name in frames if name not in by_name]
    if missing:
        tally.add("unmatched", NO_IMAGE, missing[0], len(missing))
    return sorted(chosen)


def _label_files(folder: Path, tally: Tally) -> list[Path]:
    """The JSON files below ``folder``; only those of the detection labels where they are apart."""
    found = [file for file in files_below(folder) if file.suffix.lower() == ".json"]
    files = [file for file in found if not file.name.startswith(".")]
    if not files:
        raise DatasetError(folder, "holds no JSON file", "Put BDD100K's labels below it")
    for name in DETECTION:
        apart = [file for file in files if file.is_relative_to(folder / name)]
        if apart:
            others = [file for file in files if not file.is_relative_to(folder / name)]
            first = others[0].relative_to(folder) if others else ""
            tally.add("unmatched", BESIDE.format(f"{name}/"), first, len(others))
            return apart
    return files


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
    return [file for file in files if file.path not in left_out]
