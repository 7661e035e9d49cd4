"""KITTI's label files: one line an object."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sdvbench.datasets.files import Label, corners, number, whole_number
from sdvbench.datasets.kitti_schemes import TYPES, Difficulty, Scheme
from sdvbench.datasets.mapping import DROPPED
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError, OptionError

FIELDS_PER_LINE, FIELDS_WITH_SCORE, FIELDS_OF_TRACKING = 15, 16, 17
REPEATED = "rows repeat another one and were dropped"
EMPTY = "rows have a box without area and were dropped"
LEFT_OUT = "rows are of a type that the map leaves out"
MAPPED = "rows are of a type that the map reads as another"
UNSCORED = "objects are of a type that the scheme does not score, and were left out"
IGNORED = "objects need not be detected (DontCare, beyond the difficulty, or a neighbouring type)"
REMEDY = "Give KITTI's own label file"


@dataclass(frozen=True)
class KittiObject:
    """One line of a label file, without its 3-D part; box in pixels, occlusion 0 to 3."""

    type: str
    truncation: float
    occlusion: int
    box: tuple[float, float, float, float]


def parse_kitti(
    text: str, path: Path, tally: Tally | None = None, targets: Mapping[str, str] | None = None
) -> tuple[KittiObject, ...]:
    """The objects of one label file, each once; ``path`` is for messages.

    tally: notes what was left out or changed. targets: KITTI's types by names of one's own.
    Raises DatasetError naming ``path`` and the line where one is not a valid label.
    """
    tally, targets = Tally() if tally is None else tally, targets or {}
    objects: dict[tuple[str, object], KittiObject] = {}
    for line_number, line in enumerate(text.splitlines(), start=1):
        place, fields = f"{path.name}, line {line_number}", line.split()
        where = f"{path}, line {line_number}"
        if not fields:
            continue
        _check_form(line, fields, where)
        entry = _object(fields, targets, where)
        if entry.type == DROPPED:
            tally.add("dropped", LEFT_OUT, place)
        elif entry.box[0] == entry.box[2] or entry.box[1] == entry.box[3]:
            tally.add("dropped", EMPTY, place)
        elif (entry.type, entry.box) in objects:
            tally.add("dropped", REPEATED, place)
        else:
            tally.add("changed", MAPPED, place, int(fields[0] in targets))
            objects[entry.type, entry.box] = entry
    return tuple(objects.values())


def check_targets(targets: Mapping[str, str]) -> None:
    """Raise OptionError where one is not a type of KITTI's."""
    for name, target in targets.items():
        if target not in (DROPPED, *TYPES):
            problem = f"maps {name!r} onto {target!r}, which is not one of KITTI's types"
            raise OptionError("the option map", problem, f"Choose from {', '.join(sorted(TYPES))}")


def _check_form(line: str, fields: list[str], where: str) -> None:
    count = len(fields)
    if count == FIELDS_PER_LINE and "," not in line:
        return
    if "," in line:
        problem = "holds commas"
        remedy = "Separate the values by spaces, and write 0.5 with a point"
    elif count == FIELDS_OF_TRACKING and fields[0].isdecimal():
        problem = f"has {count} values: these are tracking labels (frame and track number first)"
        remedy = "Give the labels of object detection (label_2), which have 15"
    else:
        extra = " (a 16th is the score of a detection)" if count == FIELDS_WITH_SCORE else ""
        problem, remedy = f"has {count} values instead of {FIELDS_PER_LINE}{extra}", REMEDY
    raise DatasetError(where, problem, remedy)


def _object(fields: list[str], targets: Mapping[str, str], where: str) -> KittiObject:
    kind = targets.get(fields[0], fields[0])
    if kind not in (DROPPED, *TYPES):
        shown = fields[0][:40]
        remedy = (
            f"Choose from {', '.join(sorted(TYPES))}, or say which of them it is, for example "
            f"?map={shown}:Car, or ?map={shown}: to leave it out"
        )
        raise DatasetError(where, f"type {shown!r} is not one of KITTI's", remedy)
    truncation = number(fields[1], where, "truncation")
    occlusion = whole_number(fields[2], where, "occlusion")
    x1, y1, x2, y2 = (number(field, where, "a box coordinate") for field in fields[4:8])
    return KittiObject(kind, truncation, occlusion, corners(x1, y1, x2, y2, where))


def labels_of(
    objects: Iterable[KittiObject], rules: Scheme, limits: Difficulty, where: object, tally: Tally
) -> list[list[Label]]:
    """What each object is to the score; for DontCare a crowd of every class. Objects that the
    scheme does not know are left out.
    """
    result = []
    for entry in objects:
        if entry.type == "DontCare":
            found = [Label(entry.box, index, crowd=True) for index in range(len(rules.classes))]
        elif name := rules.scored.get(entry.type) or rules.ignored.get(entry.type):
            ignore = entry.type in rules.ignored or _beyond(entry, limits)
            found = [Label(entry.box, rules.classes.index(name), ignore=ignore)]
        else:
            tally.add("dropped", UNSCORED, where)
            continue
        tally.add("ignored", IGNORED, where, int(found[0].crowd or found[0].ignore))
        result.append(found)
    return result


def _beyond(entry: KittiObject, limits: Difficulty) -> bool:
    height_px = entry.box[3] - entry.box[1]
    return (
        height_px < limits.min_height_px
        or entry.occlusion > limits.max_occlusion
        or entry.truncation > limits.max_truncation
    )
