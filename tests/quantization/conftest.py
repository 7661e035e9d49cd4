"""An exported YOLOv5n, made once."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sdvbench.models import load_model
from sdvbench.store import Store
from sdvbench.workflows.base import BuildRequest, EngineSpec, Source
from sdvbench.workflows.onnx_export import FILE, exported

SIDE_PX = 64


@pytest.fixture(scope="session")
def float_onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The float32 ONNX file of YOLOv5n with seeded weights, at 64 x 64."""
    store = Store(tmp_path_factory.mktemp("store"))
    source = Source("any", lambda: load_model("yolov5n"))
    request = BuildRequest(source, EngineSpec("fp32", SIDE_PX), None, store)
    return exported(request).path(FILE)


@pytest.fixture(scope="session")
def batches() -> NDArray[np.float32]:
    """Four batches of one image."""
    return np.random.default_rng(3).random((4, 1, 3, SIDE_PX, SIDE_PX), np.float32)
