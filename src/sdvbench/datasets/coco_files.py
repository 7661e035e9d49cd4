"""Which JSON file of a folder in COCO's layout is meant."""

from collections.abc import Sequence
from pathlib import Path

from sdvbench.datasets.files import is_hidden
from sdvbench.errors import DatasetError, OptionError

PLACES = ("annotations/*.json", "*.json", "*/*.json")
INSTANCES = "instances"


def annotation_file(root: Path, split: str = "") -> Path:
    """The JSON file meant by ``root``: that file, or the one in ``annotations/``, in ``root`` or in
    a folder directly below, whichever of these places is the first that has any.

    split: takes the file named so, such as val2017 or val for instances_val2017.json, or the one in
        the folder of that name. Beside files of other kinds those named instances_* are meant.
    Raises DatasetError for none, or for several to choose from; OptionError on a wrong split.
    """
    if root.is_file():
        if root.suffix.lower() != ".json":
            raise DatasetError(
                root, "is not a JSON file", "Give the folder that holds annotations/"
            )
        if split:
            problem = f"chooses from the files of a folder, but {root} is one file"
            raise OptionError(f"split={split}", problem, "Leave the split out")
        return root
    found = next(filter(None, (_visible(root, place) for place in PLACES)), [])
    if not found:
        problem = "holds no annotations/*.json" if root.is_dir() else "does not exist"
        raise DatasetError(root, problem, "Give the folder that holds annotations/, or a JSON file")
    files = [file for file in found if file.stem.startswith(INSTANCES)] or found
    if split:
        files = _of_split(files, root, split)
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(root)) for file in files)
        problem = f"holds several annotation files ({names})"
        key = f"?split={_names(files[0], root)[-1]}"
        remedy = f"Append {key} and so on, or name the file, for example coco:{files[0]}"
        raise DatasetError(root, problem, remedy)
    return files[0]


def image_base(file: Path) -> Path:
    """The folder below which the images of an annotation file are looked for."""
    return file.parent.parent if file.parent.name == "annotations" else file.parent


def split_of(file: Path) -> str:
    """The split in a file's name: val2017 of instances_val2017.json."""
    return file.stem.rpartition("_")[2]


def _visible(root: Path, pattern: str) -> list[Path]:
    found = sorted(root.glob(pattern))
    hidden = {f for f in found if any(is_hidden(Path(part)) for part in f.relative_to(root).parts)}
    return [file for file in found if file.is_file() and file not in hidden]


def _names(file: Path, root: Path) -> list[str]:
    """What a file's split may be called; the last one is the best for a message."""
    inside = file.relative_to(root).parts[0]
    folder = [] if len(file.relative_to(root).parts) == 1 or inside == "annotations" else [inside]
    return [file.stem, split_of(file), *folder]


def _of_split(files: Sequence[Path], root: Path, split: str) -> list[Path]:
    """The files of exactly that split, otherwise those whose split begins so."""
    exact = [file for file in files if split in _names(file, root)]
    chosen = exact or [f for f in files if _names(f, root)[-1].startswith(split)]
    if not chosen:
        known = ", ".join(sorted({_names(file, root)[-1] for file in files}))
        raise OptionError(f"split={split}", f"is not in {root}", f"Choose from {known}")
    return chosen
