"""BDD100K's categories: its ten classes, older names, and names of one's own."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from sdvbench.datasets.mapping import DROPPED, Merged, mapped_aliases, merge
from sdvbench.errors import DatasetError, OptionError

# fmt: off
BDD_CLASSES: tuple[str, ...] = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
    "traffic light", "traffic sign",
)
# fmt: on
# The names of 2018 and the rare ones, as BDD's toolkit reads them.
RENAMED = {
    "person": "pedestrian",
    "bike": "bicycle",
    "motor": "motorcycle",
    "caravan": "car",
    "van": "car",
}
# What the toolkit does not score; it makes crowds of them, under the nearest class.
UNSCORED = {"other person": "pedestrian", "other vehicle": "car", "trailer": "truck"}
# A stop sign is the one traffic sign that models trained on COCO know.
ALIASES = {
    "person": "pedestrian",
    "bike": "bicycle",
    "motor": "motorcycle",
    "motorbike": "motorcycle",
    "stop sign": "traffic sign",
}


class Meaning(NamedTuple):
    """class_index: None where the map leaves the category out. unscored: as BDD's toolkit has it.
    mapped: whether the map says so.
    """

    class_index: int | None
    unscored: bool
    mapped: bool


class Categories:
    """How the categories of labels are read.

    targets: names with the class that each stands for, as ``parse_map`` gives; they go before
        BDD100K's own rules. A class of BDD100K's that they name becomes another, or is left out;
        another name is read as a class that is there.
    Raises OptionError where a name is mapped onto a class that is not there.
    """

    def __init__(self, targets: Mapping[str, str] | None = None) -> None:
        self._targets = targets or {}
        self._own = {name: t for name, t in self._targets.items() if name not in BDD_CLASSES}
        for name, target in self._own.items():
            if target not in (DROPPED, *self.classes):
                problem = f"maps {name!r} onto {target!r}, which is not a class here"
                raise OptionError("the option map", problem, f"Choose from {_list(self.classes)}")

    @cached_property
    def _merged(self) -> Merged:
        return merge(BDD_CLASSES, {n: t for n, t in self._targets.items() if n in BDD_CLASSES})

    @property
    def classes(self) -> tuple[str, ...]:
        """BDD100K's ten, as the targets leave them."""
        return self._merged.classes

    @property
    def aliases(self) -> dict[str, str]:
        """Other names that a model may have for the classes."""
        of_classes = {n: t for n, t in self._targets.items() if n in BDD_CLASSES}
        own = {n: t for n, t in self._own.items() if n not in self.classes}
        aliases = mapped_aliases(ALIASES, BDD_CLASSES, of_classes) | own
        return {name: target for name, target in aliases.items() if target != DROPPED}

    def knows(self, category: object) -> bool:
        """Whether a category stands for an object, and not for a lane or a drivable area."""
        return isinstance(category, str) and (
            category in self._targets or (RENAMED | UNSCORED).get(category, category) in BDD_CLASSES
        )

    def read(self, category: str, where: str) -> Meaning:
        """What a category stands for; one that is not known is a DatasetError."""
        if category in self._own:
            target = self._own[category]
            return Meaning(self._place(target), unscored=False, mapped=target != DROPPED)
        name = UNSCORED.get(category, RENAMED.get(category, category))
        if name not in BDD_CLASSES:
            problem = f"category {category[:40]!r} is not one of BDD100K's"
            remedy = (
                f"Choose from {_list(BDD_CLASSES)}, or say which of them it is, for example "
                f"?map={category[:40]}:car, or ?map={category[:40]}: to leave it out"
            )
            raise DatasetError(where, problem, remedy)
        index = self._merged.index_of[BDD_CLASSES.index(name)]
        return Meaning(index, category in UNSCORED, mapped=name in self._targets)

    def _place(self, target: str) -> int | None:
        return None if target == DROPPED else self.classes.index(target)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)
