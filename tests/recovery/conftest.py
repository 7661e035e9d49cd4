"""Small data and small models to train."""

import numpy as np
import pytest

from sdvbench.datasets.base import Dataset, DetectionSample


class Boxes(Dataset):
    """One bright rectangle an image; samples can be replaced by broken ones."""

    classes = ("a", "b")
    identity = "boxes"

    def __init__(self, size: int = 8, **changes: object) -> None:
        self.size, self.changes = size, changes

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> DetectionSample:
        rng = np.random.default_rng(index)
        x, y = rng.integers(0, 40, 2)
        w, h = rng.integers(10, 24, 2)
        image = np.full((64, 96, 3), 40, np.uint8)
        image[y : y + h, x : x + w] = 220
        content = {
            "boxes": np.array([[x, y, x + w, y + h]], np.float32),
            "classes": np.array([index % 2]),
            "crowd": np.zeros(1, np.bool_),
            "ignore": np.zeros(1, np.bool_),
        }
        return DetectionSample(name=f"box {index}", image=image, **{**content, **self.changes})


@pytest.fixture
def boxes() -> type[Boxes]:
    return Boxes
