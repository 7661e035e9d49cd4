"""The annotations of a file in COCO's format as labels."""

from collections import defaultdict
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any, NamedTuple

from sdvbench.datasets.coco_categories import Categories, identifier
from sdvbench.datasets.coco_outline import Box, box_around
from sdvbench.datasets.files import Label, corners, number
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError

# As keys, 0 and 1 are the same as False and True.
CROWDS = {None: False, False: False, True: True, "0": False, "1": True}
REPEATED = "annotations repeat another one and were dropped"
EMPTY = "annotations have an empty box and no outline, and were dropped"
OUTLINED = "annotations have no box; the box around their outline was used"
ELSEWHERE = "annotations belong to an image that the file does not list, and were dropped"
LEFT_OUT = "annotations are of a class that the map leaves out"


class Named(NamedTuple):
    """An annotation with its place in the file and the ids that it names."""

    path: Path
    place: str
    image: str
    category: str
    entry: dict[str, Any]

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.path}, {self.place}"


def read_annotations(entries: Sequence[dict[str, Any]], path: Path) -> list[Named]:
    """Every entry with its place and ids; one without ids is a DatasetError."""
    result = []
    for position, entry in enumerate(entries):
        place = f"annotations[{position}] (id {str(entry.get('id'))[:20]})"
        where = f"{path}, {place}"
        image = identifier(entry.get("image_id"), where, "image_id")
        category = identifier(entry.get("category_id"), where, "category_id")
        result.append(Named(path, place, image, category, entry))
    return result


def labels_of(
    annotations: Sequence[Named], images: Set[str], categories: Categories, tally: Tally
) -> defaultdict[str, list[Label]]:
    """The labels by image id, each once; ``tally`` notes what was left out or changed.

    images: the ids that the file lists. Raises DatasetError naming the annotation that is wrong.
    """
    labels: defaultdict[str, list[Label]] = defaultdict(list)
    seen: set[tuple[str, Label]] = set()
    if annotations and not any(each.image in images for each in annotations):
        problem = f"image_id {annotations[0].image[:20]} is not in the file, nor is any other"
        raise DatasetError(annotations[0].where, problem, "Give images and labels that belong")
    for each in annotations:
        if each.category not in categories.index_of:
            problem = f"category_id {each.category[:20]} is not in the file"
            raise DatasetError(each.where, problem, "Correct the label, or add the category")
        index, box = categories.index_of[each.category], _box(each, tally)
        crowd = _is_crowd(each)
        if each.image not in images:
            tally.add("dropped", ELSEWHERE, each.place)
        elif index is None:
            tally.add("dropped", LEFT_OUT, each.place)
        elif box is None:
            tally.add("dropped", EMPTY, each.place)
        elif (key := (each.image, Label(box, index, crowd=crowd))) in seen:
            tally.add("dropped", REPEATED, each.place)
        else:
            seen.add(key)
            labels[each.image].append(key[1])
    if seen and all(max(label.box) <= 1 for _, label in seen):
        problem = "gives all boxes as fractions of the image, from 0 to 1"
        remedy = "Multiply x and width by the image's width, y and height by its height"
        raise DatasetError(annotations[0].path, problem, remedy)
    return labels


def _box(each: Named, tally: Tally) -> Box | None:
    """The annotation's box, else the one around its outline; None where both are empty."""
    box, where = each.entry.get("bbox"), each.where
    if box:
        if not isinstance(box, list) or len(box) != 4:
            problem = f"bbox is {str(box)[:40]}, not 4 numbers"
            raise DatasetError(where, problem, "Correct the label")
        x, y, width, height = (number(value, where, "bbox") for value in box)
        found = corners(x, y, x + width, y + height, where)
        if found[0] < found[2] and found[1] < found[3]:
            return found
    outline = box_around(each.entry.get("segmentation"), where)
    if outline is None or outline[0] == outline[2] or outline[1] == outline[3]:
        return None
    tally.add("changed", OUTLINED, each.place)
    return outline


def _is_crowd(each: Named) -> bool:
    crowd = each.entry.get("iscrowd")
    if isinstance(crowd, list | dict) or crowd not in CROWDS:
        problem = f"iscrowd is {repr(crowd)[:40]}, not 0 or 1"
        raise DatasetError(each.where, problem, "Correct the label")
    return CROWDS[crowd]
