"""The lines of YOLO's label files: boxes, polygons, oriented boxes and keypoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sdvbench.datasets.files import Label, number, whole_number
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

BOX_VALUES, ORIENTED_VALUES, SHORTEST_POLYGON = 5, 9, 7
FORMAT = "Give class, centre x, centre y, width, height"
# Exporters round: so far over the edge is no overshoot. In fractions of the image.
ROUNDING = 0.001
# A fraction beyond this is none: the labels are in pixels.
LARGEST = 2.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Keypoints:
    """A data set's kpt_shape: how many points follow a box, each of how many values."""

    points: int
    values: int


def parse_yolo(
    text: str, path: Path, tally: Tally | None = None, keypoints: Keypoints | None = None
) -> tuple[Label, ...]:
    """The labels of one file, their boxes as x1 y1 x2 y2 in fractions of the image, within it.

    tally: notes what was dropped, clipped and changed. keypoints: what follows each box, if so.
    Raises DatasetError naming ``path`` and the line where one is not a valid label.
    """
    notes = Tally() if tally is None else tally
    labels = []
    seen: set[tuple[float, ...]] = set()
    for number_of_line, line in enumerate(text.splitlines(), start=1):
        where = f"{path}, line {number_of_line}"
        if not line.strip():
            continue
        index, values = _values(line, where)
        if (index, *values) in seen:
            notes.add("dropped", "rows repeat another one of their file and were dropped", where)
            continue
        seen.add((index, *values))
        box = _within(_box(values, where, notes, keypoints), where, notes)
        if box is not None:
            labels.append(Label(box, index))
    return tuple(labels)


def _values(line: str, where: str) -> tuple[int, list[float]]:
    """Class id and the other numbers of a line."""
    for sign, name in ((",", "commas"), (";", "semicolons")):
        if sign in line:
            raise DatasetError(where, f"has {name} in it ({line[:40]})", "Separate by spaces only")
    fields = line.split()
    index = whole_number(fields[0], where, "the class id")
    values = [number(field, where, "a coordinate") for field in fields[1:]]
    if index < 0:
        raise DatasetError(where, f"class id {index} is negative", "Number classes from 0")
    return index, values


def _box(values: Sequence[float], where: str, notes: Tally, keypoints: Keypoints | None) -> Box:
    """Corners in fractions of the image, whatever form the line has."""
    count = len(values) + 1
    if keypoints and count == BOX_VALUES + keypoints.points * keypoints.values:
        notes.add("changed", "boxes have keypoints, which were left out", where)
        return _corners(values[:4], where)
    if count == BOX_VALUES:
        return _corners(values, where)
    if keypoints:
        expected = BOX_VALUES + keypoints.points * keypoints.values
        problem = f"has {count} values, but by kpt_shape in data.yaml a row has 5 or {expected}"
        raise DatasetError(where, problem, "Correct the row or kpt_shape")
    _refuse_other_forms(values, where)
    _check_range(values, where)
    form = "rows of 4 corners" if count == ORIENTED_VALUES else "polygons"
    notes.add("changed", f"{form} were read as the upright boxes around them", where)
    xs, ys = values[::2], values[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _refuse_other_forms(values: Sequence[float], where: str) -> None:
    count = len(values) + 1
    if count == BOX_VALUES + 1:
        problem = "has 6 values, the last of which is a confidence: predictions, not labels"
        raise DatasetError(where, problem, f"{FORMAT}, and no more")
    if _has_keypoints(values):
        problem = f"has {count} values, which look like a box and keypoints"
        raise DatasetError(where, problem, "State kpt_shape in data.yaml")
    if count < SHORTEST_POLYGON or count % 2 == 0:
        problem = f"has {count} values instead of 5, or of an odd number from 7 on for a polygon"
        raise DatasetError(where, problem, FORMAT)


def _has_keypoints(values: Sequence[float]) -> bool:
    """Whether triples of x, y and visibility (0, 1, 2) follow a box, in which the visible points
    are; a polygon that touches the image's edge also has zeros and ones.
    """
    xs, ys, visibilities = values[4::3], values[5::3], values[6::3]
    if len(values) % 3 != 1 or not visibilities or not set(visibilities) <= {0.0, 1.0, 2.0}:
        return False
    x, y, width, height = values[:4]
    points = [p for p in zip(xs, ys, visibilities, strict=True) if p[2]]
    inside = [abs(px - x) <= width / 2 and abs(py - y) <= height / 2 for px, py, _ in points]
    return any(inside) if points else not any((*xs, *ys))


def _corners(values: Sequence[float], where: str) -> Box:
    _check_range(values, where)
    x, y, width, height = values
    if width < 0 or height < 0:
        problem = f"has a negative size ({width:g} x {height:g})"
        raise DatasetError(where, problem, FORMAT)
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _check_range(values: Sequence[float], where: str) -> None:
    shown = " ".join(f"{value:g}" for value in values)[:60]
    if max(values) > LARGEST:
        problem = f"has pixel coordinates, outside 0..1 ({shown})"
        raise DatasetError(where, problem, "Divide by the image's width and height")
    if min(values) < 1 - LARGEST:
        raise DatasetError(where, f"has a coordinate far outside 0..1 ({shown})", FORMAT)


def _within(box: Box, where: str, notes: Tally) -> Box | None:
    """The box cut off at the image's edge; None where nothing of it is left."""
    x1, y1, x2, y2 = box
    if x2 <= x1 or y2 <= y1:
        notes.add("dropped", "boxes have no area and were dropped", where)
        return None
    left, top, right, bottom = (min(max(value, 0.0), 1.0) for value in box)
    if right <= left or bottom <= top:
        notes.add("dropped", "boxes lie outside the image and were dropped", where)
        return None
    if min(x1, y1) < -ROUNDING or max(x2, y2) > 1 + ROUNDING:
        notes.add("clipped", "boxes reach over the image's edge and were clipped to it", where)
    return left, top, right, bottom
