"""Which label file belongs to which image of a YOLO data set."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sdvbench.datasets.files import composed, entries, files_below, spelling

SUFFIX = ".txt"
FOREIGN = (".json", ".xml", ".csv")  # of other formats, which the reader does not read
NO_LABELS = frozenset(
    f"{name}.txt" for name in ("classes", "train", "val", "valid", "test", "notes", "license")
)


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
        found: dict[str, Path] = {}
        for place in places:
            beside = [folder for folder in _beside(place) if folder.is_dir()]
            for path in files_below(beside[0] if beside else place):
                if path.suffix.lower() == SUFFIX and not _is_no_label(path):
                    found[spelling(path)] = path
        known = set(map(spelling, used))
        return [path for key, path in found.items() if key not in known]

    def _find(self, image: Path, suffixes: Sequence[str]) -> Path | None:
        for folder in (*_beside(image.parent), image.parent, image.parent / "labels"):
            listed = self._list(folder)
            for name in (image.stem + suffix for suffix in suffixes):
                if found := listed.get(name) or listed.get(composed(name)):
                    return found
        return None

    def _list(self, folder: Path) -> dict[str, Path]:
        """Files by their name in composed form and with the suffix in lower case; one that has its
        name so comes first.
        """
        if folder not in self._listed:
            files = entries(folder) if folder.is_dir() else []
            lower = {composed(path.stem) + path.suffix.lower(): path for path in files}
            self._listed[folder] = {**lower, **{path.name: path for path in files}}
        return self._listed[folder]


def _beside(folder: Path) -> Iterator[Path]:
    """``folder`` with "images" in its path replaced by "labels"; the innermost first."""
    parts = folder.parts
    for index in reversed(range(len(parts))):
        if parts[index].lower() == "images":
            yield Path(*parts[:index], "labels", *parts[index + 1 :])


def _is_no_label(path: Path) -> bool:
    name = path.name.lower()
    return name in NO_LABELS or name.startswith("readme")
