"""The class names of a YOLO data set."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.datasets.files import decode_text, read_bytes
from sdvbench.datasets.summary import Tally
from sdvbench.datasets.yolo_yaml import Description, check_names
from sdvbench.errors import DatasetError, OptionError

COCO = "coco"
NAME_FILES = ("classes.txt", "labels/classes.txt")
BESIDE_LABELS = ("classes.txt", "_darknet.labels")
OTHER_NAME_FILES = ("obj.names", "labels/_darknet.labels", "_darknet.labels")
UNUSED = "files of class names beside the labels give other names and were not used"

Names = tuple[str, ...]


def find_names(
    root: Path,
    description: Description | None,
    folders: Iterable[Path],
    option: str,
    tally: Tally,
) -> Names:
    """The class names: COCO's if ``option`` asks for them, else those of the description, else of
    the first file there is: classes.txt, labels/classes.txt, one beside the label files
    (``folders``), obj.names, _darknet.labels.

    tally: notes files beside the label files that say something else.
    Raises OptionError on another option, DatasetError where there are none, where they are broken,
    and where those beside the label files contradict one another and nothing else gives names.
    """
    if option == COCO:
        return COCO_CLASSES
    if option:
        raise OptionError(f"names={option}", "is not known", f"Write names={COCO}, or nothing")
    beside = [folder / name for folder in folders for name in BESIDE_LABELS]
    names = description.names if description else None
    names = names or _first(root / name for name in NAME_FILES)
    if names:
        for file in dict.fromkeys(beside):
            with suppress(DatasetError):  # broken, but not needed
                if file.is_file() and not _agree(_read(file), names):
                    tally.add("unmatched", UNUSED, file)
        return names
    names = _joined({file: _read(file) for file in beside if file.is_file()})
    names = names or _first(root / name for name in OTHER_NAME_FILES)
    if names:
        return names
    looked = "data.yaml or another YAML file with names, classes.txt, labels/classes.txt, "
    if description:
        looked = f"{description.file.name}, which has no names, classes.txt, labels/classes.txt, "
    problem = f"gives no class names (looked for {looked}{', '.join(OTHER_NAME_FILES)})"
    remedy = f"Write them into {root / 'classes.txt'}, one a line, or add ?names=coco for COCO's 80"
    raise DatasetError(root, problem, remedy)


def _first(files: Iterable[Path]) -> Names | None:
    file = next((file for file in files if file.is_file()), None)
    return _read(file) if file else None


def _read(file: Path) -> Names:
    lines = decode_text(read_bytes(file), file).rstrip().splitlines()
    return check_names([line.strip() for line in lines], file)


def _agree(first: Names, second: Names) -> bool:
    """Whether the names that both give are the same: labelling tools append new classes."""
    return all(one == other for one, other in zip(first, second, strict=False))


def _joined(files: Mapping[Path, Names]) -> Names | None:
    """The longest of the lists, which the others must be the beginnings of."""
    if not files:
        return None
    longest = max(files, key=lambda file: len(files[file]))
    for file, names in files.items():
        if not _agree(names, files[longest]):
            problem = f"numbers the classes in another way than {longest}"
            remedy = "Bring the labels onto the same ids, and write the names into data.yaml"
            raise DatasetError(file, problem, remedy)
    return files[longest]
