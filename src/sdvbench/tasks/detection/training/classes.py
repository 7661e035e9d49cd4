"""From a data set's classes to those of the model that is trained on it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset
from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.errors import DatasetError

UNKNOWN = -1


def classes_in_model(
    dataset: Dataset, num_classes: int, class_names: Sequence[str] | None
) -> NDArray[np.int64]:
    """(data set's classes,) int64: the model's class for each; UNKNOWN where it has none.

    A class is looked up by its name among ``class_names``, the model's (None: the data set's own
    where there are as many, else COCO's where there are 80); then the data set's aliases are, of
    which the first that the model knows stands for it. Objects of an unknown class are left out.
    Raises DatasetError where no class is known.
    """
    if class_names is None:
        if num_classes == len(dataset.classes):
            return np.arange(num_classes)
        class_names = COCO_CLASSES if num_classes == len(COCO_CLASSES) else ()
    index_of = {name: index for index, name in enumerate(class_names)}
    found = np.full(len(dataset.classes), UNKNOWN)
    for index, name in enumerate(dataset.classes):
        names = [name, *(alias for alias, of in dataset.aliases.items() if of == name)]
        known = [index_of[n] for n in names if n in index_of]
        if known:
            found[index] = known[0]
    if (found == UNKNOWN).all():
        problem = f"are none of the model's {num_classes}"
        raise DatasetError(
            f"the data set's classes ({', '.join(dataset.classes[:12])})",
            problem,
            "Choose data with the model's classes, or train a model with the data set's",
        )
    return found
