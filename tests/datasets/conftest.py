"""Small images for the readers' tests, and the cases that they must get right."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

CASES_BESIDE_THE_REPOSITORY = Path(__file__).parents[2] / "../shared/cases"


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder with inputs of all kinds, which is no part of the repository; skips where it is
    absent.
    """
    folder = Path(os.environ.get("SDVBENCH_CASES") or CASES_BESIDE_THE_REPOSITORY)
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}; enable with SDVBENCH_CASES=<folder> pytest")
    return folder.resolve()


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """Writes a grey image of width x height pixels, making its folder."""

    def write(path: Path, width: int = 200, height: int = 100) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
        return path

    return write
