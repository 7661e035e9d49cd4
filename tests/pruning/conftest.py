"""A small model, made once."""

import pytest

from sdvbench.models import Detector, load_model


@pytest.fixture(scope="session")
def nano() -> Detector:
    """YOLOv5n with seeded weights; not to be changed."""
    return load_model("yolov5n")
