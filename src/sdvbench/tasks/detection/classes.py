"""From a model's classes to those of the data set that it is scored on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset
from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.errors import DatasetError

SHOWN = 12


@dataclass(frozen=True)
class ClassMap:
    """Which of a model's score columns stand for each class of a data set.

    columns: for each class of the data set, the model's class indices; none where the model does
        not know the class. Model classes that stand nowhere are dropped.
    """

    columns: tuple[tuple[int, ...], ...]

    def apply(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, model's classes) -> (n, data set's classes): the highest of the columns, else 0."""
        mapped = np.zeros((len(scores), len(self.columns)), np.float32)
        for index, columns in enumerate(self.columns):
            if columns:
                mapped[:, index] = scores[:, columns].max(axis=1)
        return mapped


def class_map(dataset: Dataset, count: int, class_names: Sequence[str] | None) -> ClassMap | None:
    """How ``count`` classes of a model map to ``dataset``; None where they are the same.

    class_names: the model's, in the order of its score columns. Each is looked up among the data
    set's classes, then among its aliases. None means the data set's own where the counts agree,
    else COCO's where there are 80.

    Raises DatasetError where names are needed, are too many or few, or none is known.
    """
    if class_names is None:
        if count == len(dataset.classes):
            return None
        if count != len(COCO_CLASSES):
            problem = f"are not the data set's {len(dataset.classes)} ({_list(dataset.classes)})"
            remedy = "Pass class_names, the model's names in the order of its outputs"
            raise DatasetError(f"the model's {count} classes", problem, remedy)
        class_names = COCO_CLASSES
    if len(class_names) != count:
        problem = f"do not fit a model of {count} classes"
        raise DatasetError(f"{len(class_names)} class_names", problem, "Name each output once")
    index_of = {name: index for index, name in enumerate(dataset.classes)}
    targets = {**{alias: index_of[name] for alias, name in dataset.aliases.items()}, **index_of}
    columns: list[list[int]] = [[] for _ in dataset.classes]
    for column, name in enumerate(class_names):
        if name in targets:
            columns[targets[name]].append(column)
    if not any(columns):
        problem = f"include none of the data set's ({_list(dataset.classes)}) or of its aliases"
        remedy = "Choose a data set with the model's classes, or give the data set aliases"
        raise DatasetError(f"the model's classes ({_list(class_names)})", problem, remedy)
    if columns == [[index] for index in range(count)]:
        return None
    return ClassMap(tuple(tuple(entry) for entry in columns))


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
