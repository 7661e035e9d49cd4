"""Reading the text of BDD100K's label files: frames with their labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple

from sdvbench.datasets.bdd100k_categories import Categories
from sdvbench.datasets.files import Label, corners, decode_json, number
from sdvbench.datasets.images import IMAGE_SUFFIXES
from sdvbench.datasets.summary import Note, Tally
from sdvbench.errors import DatasetError

REMEDY = "Give BDD100K's detection labels"
NO_BOX = "labels have an outline but no box2d, and were dropped"
EMPTY = "labels have a box without area and were dropped"
REPEATED = "labels repeat another one and were dropped"
LEFT_OUT = "labels are of a category that the map leaves out"
MAPPED = "labels are of a category that the map reads as another"
CROWDED = "labels are crowds or not scored by BDD100K, and need not be detected"
# As keys, 0 and 1 are the same as False and True.
FLAGS = {None: False, False: False, True: True, "false": False, "true": True}


class Frame(NamedTuple):
    """One image's labels. file_name: as the labels give it, often without a suffix. folder: the
    last one of its path, "" without one. notes: what was left out or changed.
    """

    file_name: str
    labels: tuple[Label, ...]
    notes: Sequence[Note]
    folder: str = ""


@dataclass(frozen=True)
class FrameFile:
    """frames: by image name without its suffix. single: whether the file is one image's.
    stated: whether any frame has a list of labels. outlines: how many labels have no box.
    boxes: how many have one.
    """

    frames: Mapping[str, Frame]
    single: bool
    stated: bool
    outlines: int
    boxes: int


def parse_bdd100k(data: bytes, path: Path, categories: Categories | None = None) -> FrameFile:
    """The frames of one file: a list of them, Scalabel's object that holds such a list, or the
    object of a single image as of 2018.

    categories: how names are read; BDD100K's by default.
    Raises DatasetError with the line of a syntax error or the index of a bad entry.
    """
    reader = _Reader(path, Categories() if categories is None else categories)
    frames: dict[str, Frame] = {}
    stated = False
    for position, entry in enumerate(_entries(decode_json(data, path))):
        where = f"{path}, frame {position}"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise DatasetError(where, "has no name", REMEDY)
        given = PureWindowsPath(entry["name"])
        file_name = given.name or entry["name"]
        stem, suffix = Path(file_name).stem, Path(file_name).suffix
        name = stem if suffix.lower() in IMAGE_SUFFIXES else file_name  # a bare name may have dots
        if name in frames:
            raise DatasetError(where, f"repeats the name {name[:60]!r}", "Keep one of the two")
        place = f"{where} ({name[:60]})"
        found = _objects(entry, place)
        stated = stated or found is not None
        labels = tuple(reader.labels(found or [], place))
        frames[name] = Frame(file_name, labels, reader.notes(), given.parent.name)
    return FrameFile(frames, len(frames) == 1, stated, reader.outlines, reader.boxes)


def _entries(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    frames = document.get("frames") if isinstance(document, dict) else None
    if isinstance(frames, list):
        named = [isinstance(frame, dict) and "name" in frame for frame in frames]
        if "name" not in document or (named and all(named)):
            return frames
    return [document]


def _objects(entry: Mapping[str, Any], where: str) -> list[Any] | None:
    """One image's objects: under "labels" (2020), or under "frames"[0]["objects"] (2018)."""
    found = entry.get("labels")
    if found is None and entry.get("frames"):
        inner = entry["frames"]
        if not isinstance(inner, list) or len(inner) != 1 or not isinstance(inner[0], dict):
            raise DatasetError(where, "is a video, not one image", "Give the image labels")
        found = inner[0].get("objects")
    if found is not None and not isinstance(found, list):
        raise DatasetError(where, "has labels that are no list", REMEDY)
    return found


@dataclass
class _Reader:
    path: Path
    categories: Categories
    outlines: int = 0
    boxes: int = 0
    tally: Tally = field(default_factory=Tally)

    def notes(self) -> Sequence[Note]:
        """What was noted since the last call."""
        notes, self.tally = self.tally.summary(0, 0).notes, Tally()
        return notes

    def labels(self, objects: list[Any], where: str) -> Iterator[Label]:
        """The labels of one frame with a box, each once."""
        seen = set()
        for position, entry in enumerate(objects):
            place = f"{where}, label {position}"
            if not isinstance(entry, dict):
                raise DatasetError(place, "is no JSON object", REMEDY)
            if entry.get("box2d") is None:
                self.outlines += 1
                known = self.categories.knows(entry.get("category"))
                self._note("dropped", NO_BOX, place, int(known))
                continue
            self.boxes += 1
            label = self._label(entry, place)
            if label in seen:
                self._note("dropped", REPEATED, place)
            elif label:
                seen.add(label)
                self._note("ignored", CROWDED, place, int(label.crowd))
                yield label

    def _label(self, entry: Mapping[str, Any], where: str) -> Label | None:
        category, box = entry.get("category"), entry["box2d"]
        if not isinstance(category, str):
            raise DatasetError(where, "has no category", REMEDY)
        if not isinstance(box, dict):
            raise DatasetError(where, "has a box2d that is no JSON object", REMEDY)
        meaning = self.categories.read(category, where)
        x1, y1, x2, y2 = (
            number(box.get(key), where, f"box2d.{key}") for key in ("x1", "y1", "x2", "y2")
        )
        found = corners(x1, y1, x2, y2, where)
        crowd = _is_crowd(entry, where) or meaning.unscored
        if meaning.class_index is None:
            self._note("dropped", LEFT_OUT, where)
            return None
        if x1 == x2 or y1 == y2:
            self._note("dropped", EMPTY, where)
            return None
        self._note("changed", MAPPED, where, int(meaning.mapped))
        return Label(found, meaning.class_index, crowd=crowd)

    def _note(self, kind: str, what: str, where: str, count: int = 1) -> None:
        self.tally.add(kind, what, where.replace(str(self.path), self.path.name, 1), count)


def _is_crowd(entry: Mapping[str, Any], where: str) -> bool:
    attributes = entry.get("attributes")
    if attributes is None:
        return False
    if not isinstance(attributes, dict):
        raise DatasetError(where, "has attributes that are no JSON object", REMEDY)
    crowd = attributes.get("crowd")
    key = crowd.lower() if isinstance(crowd, str) else crowd
    if isinstance(key, list | dict) or key not in FLAGS:
        problem = f"has the crowd attribute {repr(crowd)[:40]}, not true or false"
        raise DatasetError(where, problem, "Correct the label")
    return FLAGS[key]
