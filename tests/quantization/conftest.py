"""An exported YOLOv5n, made once."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.store import Store
from sdvbench.workflows.base import BuildRequest, EngineSpec, Source
from sdvbench.workflows.onnx_export import FILE, exported

SIDE_PX = 64


@pytest.fixture(scope="session")
def float_onnx(nano: Detector, session_store: Path) -> Path:
    """The float32 ONNX file of YOLOv5n with seeded weights, at 64 x 64."""
    source = Source(model_digest(nano), lambda: nano)
    request = BuildRequest(
        source, EngineSpec.for_images("fp32", SIDE_PX), None, Store(session_store)
    )
    return exported(request).path(FILE)


@pytest.fixture(scope="session")
def batches() -> NDArray[np.float32]:
    """Four batches of one image."""
    return np.random.default_rng(3).random((4, 1, 3, SIDE_PX, SIDE_PX), np.float32)
