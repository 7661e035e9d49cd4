"""KITTI's label files and the images that they belong to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sdvbench.datasets.files import files_below
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

NO_IMAGE = "label files match no image"
LEFT_OUT = "images have no label file and were left out"
NO_OBJECTS = "images have no label file and count as images without objects"


def part_of(root: Path) -> Path:
    """The folder that holds image_2: training where there is one, testing where it is alone."""
    folders = [root / "training", *([] if (root / "image_2").is_dir() else [root / "testing"])]
    found = next((folder for folder in folders if folder.is_dir()), root)
    if (found / "image_02").is_dir() and not (found / "image_2").is_dir():
        problem = "holds image_02, as KITTI's tracking data does, whose labels are not read"
        raise DatasetError(found, problem, "Give the object detection data: image_2 and label_2")
    return found


def label_files(root: Path, labelled_only: bool) -> dict[str, Path] | None:
    """The label files by name without suffix; None where images without labels are meant."""
    folder = root / "label_2"
    if not folder.is_dir() and (root.name == "testing" or not labelled_only):
        return None
    if not folder.is_dir():
        remedy = "Add the label files, or append ?labelled_only=false to use images without labels"
        raise DatasetError(folder, "does not exist", remedy)
    files = [file for file in files_below(folder) if file.suffix.lower() == ".txt"]
    found: dict[str, Path] = {}
    for file in (file for file in files if not file.name.startswith(".")):
        if (other := found.setdefault(file.stem, file)) != file:
            problem = f"is for the same image as {other}"
            raise DatasetError(file, problem, "Keep one of the two")
    return found


def with_labels(
    images: Sequence[Path], files: Mapping[str, Path], folder: Path, only: bool, tally: Tally
) -> list[Path]:
    """``images``, without those that have no label file where ``only`` is set."""
    names: dict[str, Path] = {}
    for path in images:
        if (other := names.setdefault(path.stem, path)) != path and path.stem in files:
            problem = f"has the same label file as {other}"
            raise DatasetError(path, problem, "Keep one of the two in image_2")
    alone = [file.name for name, file in files.items() if name not in names]
    if len(alone) == len(files):
        raise DatasetError(folder, "holds no file for any image", "Name labels like images")
    if alone:
        tally.add("unmatched", NO_IMAGE, min(alone), len(alone))
    bare = [path for path in images if path.stem not in files]
    if bare:
        tally.add("unmatched", LEFT_OUT if only else NO_OBJECTS, bare[0].name, len(bare))
    return [path for path in images if path.stem in files or not only]
