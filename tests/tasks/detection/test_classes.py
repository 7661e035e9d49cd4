"""Whose classes are whose."""

import numpy as np
import pytest

from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.errors import DatasetError
from sdvbench.tasks.detection.classes import ClassMap, class_map

from .frames import Frames

STREET = Frames(1, ("vehicle", "person"), {"car": "vehicle", "truck": "vehicle"})


def test_equal_counts_without_names_are_the_same_classes() -> None:
    assert class_map(STREET, 2, None) is None


def test_equal_names_are_the_same_classes() -> None:
    assert class_map(STREET, 2, ("vehicle", "person")) is None


def test_names_and_aliases_are_looked_up_and_others_dropped() -> None:
    names = ("person", "car", "kite", "truck")
    assert class_map(STREET, 4, names) == ClassMap(((1, 3), (0,)))


def test_equal_counts_with_other_names_are_mapped() -> None:
    assert class_map(STREET, 2, ("person", "car")) == ClassMap(((1,), (0,)))


def test_80_classes_are_cocos() -> None:
    found = class_map(STREET, 80, None)
    car, truck, person = (COCO_CLASSES.index(name) for name in ("car", "truck", "person"))
    assert found == ClassMap(((car, truck), (person,)))


def test_the_highest_column_is_taken_and_an_unknown_class_gets_0() -> None:
    scores = np.array([[0.2, 0.9, 0.4], [0.5, 0.1, 0.3]], np.float32)
    mapped = ClassMap(((0, 2), (), (1,))).apply(scores)
    assert mapped.tolist() == pytest.approx(np.float32([[0.4, 0, 0.9], [0.5, 0, 0.1]]))


@pytest.mark.parametrize(
    ("count", "names", "message"),
    [
        (7, None, "Pass class_names"),
        (3, ("car", "person"), "do not fit a model of 3 classes"),
        (2, ("kite", "cat"), r"\(kite, cat\): include none of the data set's \(vehicle, person\)"),
    ],
)
def test_classes_that_do_not_fit(count: int, names: tuple[str, ...] | None, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        class_map(STREET, count, names)
