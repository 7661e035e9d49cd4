"""Which label file belongs to which image of a YOLO data set, and its files of class names."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.datasets.files import decode_text, entries, files_below, read_bytes
from sdvbench.datasets.yolo_yaml import Description, check_names
from sdvbench.errors import DatasetError, OptionError

COCO = "coco"
SUFFIX = ".txt"
FOREIGN = (".json", ".xml", ".csv")  # of other formats, which the reader does not read
NO_LABELS = frozenset(
    f"{name}.txt" for name in ("classes", "train", "val", "valid", "test", "notes", "license")
)
NAME_FILES = ("classes.txt", "labels/classes.txt")
OTHER_NAME_FILES = ("obj.names", "labels/_darknet.labels", "_darknet.labels")


class LabelFiles:
    """Looks label files up, listing each folder once.

    The label of .../images/NAME.jpg is .../labels/NAME.txt, or NAME.txt beside the image, or in a
    folder labels there; .TXT is as good as .txt.
    """

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, Path]] = {}

    def of(self, image: Path) -> Path | None:
        """The label file of ``image``; None where it has none."""
        return self._find(image, (SUFFIX,))

    def foreign(self, image: Path) -> Path | None:
        """A file that labels ``image`` in another format."""
        return self._find(image, FOREIGN)

    def unmatched(self, places: Iterable[Path], used: set[Path]) -> list[Path]:
        """Label files of the images in ``places`` that are not among ``used``."""
        found: dict[Path, None] = {}
        for place in places:
            beside = [folder for folder in _beside(place) if folder.is_dir()]
            for path in files_below(beside[0] if beside else place):
                if path.suffix.lower() == SUFFIX and not _is_no_label(path):
                    found[path] = None
        return [path for path in found if path not in used]

    def _find(self, image: Path, suffixes: Sequence[str]) -> Path | None:
        for folder in (*_beside(image.parent), image.parent, image.parent / "labels"):
            listed = self._list(folder)
            for suffix in suffixes:
                if image.stem + suffix in listed:
                    return listed[image.stem + suffix]
        return None

    def _list(self, folder: Path) -> dict[str, Path]:
        """Files by their name with the suffix in lower case; one that has it so comes first."""
        if folder not in self._listed:
            files = entries(folder) if folder.is_dir() else []
            lower = {path.stem + path.suffix.lower(): path for path in files}
            self._listed[folder] = {**lower, **{path.name: path for path in files}}
        return self._listed[folder]


def find_names(
    root: Path, description: Description | None, folders: Iterable[Path], option: str
) -> tuple[str, ...]:
    """The class names: COCO's if ``option`` asks for them, else those of the description, else of
    the first file there is: classes.txt, labels/classes.txt, one beside the label files
    (``folders``), obj.names, _darknet.labels.

    Raises OptionError on another option, DatasetError where there are none or they are broken.
    """
    if option == COCO:
        return COCO_CLASSES
    if option:
        raise OptionError(f"names={option}", "is not known", f"Write names={COCO}, or nothing")
    if description and description.names:
        return description.names
    inner = [folder / name for folder in folders for name in ("classes.txt", "_darknet.labels")]
    places = [root / name for name in NAME_FILES] + inner
    places += [root / name for name in OTHER_NAME_FILES]
    for file in places:
        if file.is_file():
            lines = decode_text(read_bytes(file), file).rstrip().splitlines()
            return check_names([line.strip() for line in lines], file)
    looked = "data.yaml or another YAML file with names, classes.txt, labels/classes.txt, "
    if description:
        looked = f"{description.file.name}, which has no names, classes.txt, labels/classes.txt, "
    problem = f"gives no class names (looked for {looked}{', '.join(OTHER_NAME_FILES)})"
    remedy = f"Write them into {root / 'classes.txt'}, one a line, or add ?names=coco for COCO's 80"
    raise DatasetError(root, problem, remedy)


def _beside(folder: Path) -> Iterator[Path]:
    """``folder`` with "images" in its path replaced by "labels"; the innermost first."""
    parts = folder.parts
    for index in reversed(range(len(parts))):
        if parts[index].lower() == "images":
            yield Path(*parts[:index], "labels", *parts[index + 1 :])


def _is_no_label(path: Path) -> bool:
    name = path.name.lower()
    return name in NO_LABELS or name.startswith("readme")
