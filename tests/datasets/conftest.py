"""Small images for the readers' tests."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """Writes a grey image of width x height pixels, making its folder."""

    def write(path: Path, width: int = 200, height: int = 100) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
        return path

    return write
