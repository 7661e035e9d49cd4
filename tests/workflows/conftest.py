"""Images, and engines of the small model in the store that all tests share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sdvbench
from sdvbench.models import Detector
from sdvbench.store import Store
from sdvbench.tensors import Images
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

SIDE_PX = 64


def skip_without_openvino(precision: str) -> None:
    """Also where this CPU cannot add up its int8 products."""
    pytest.importorskip("openvino")
    gap = WORKFLOWS["OpenVINO"]().gap(EngineSpec.for_images(precision))
    if gap:
        pytest.skip(str(gap))


@pytest.fixture(scope="session")
def store(session_store: Path) -> Store:
    return Store(session_store)


@pytest.fixture(scope="session")
def image() -> Images:
    """(1, 3, 64, 64): squares of random colours, whose edges excite every layer."""
    coarse = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(4))
    blocks = torch.nn.functional.interpolate(coarse, (SIDE_PX, SIDE_PX), mode="nearest")
    return np.ascontiguousarray(blocks.numpy())


@pytest.fixture(scope="session")
def calibration(image: Images) -> Images:
    """Four images like ``image``, and it."""
    return np.concatenate([image, image[..., ::-1], 1 - image, image[:, ::-1], image / 2])


@pytest.fixture
def built(nano: Detector, store: Store, calibration: Images) -> Any:
    """Builds an engine at 64 x 64 from the shared store, with calibration images."""

    def build(workflow: str, precision: str, **options: Any) -> Any:
        options = {"imgsz": 64, "calibration": calibration, "store": store} | options
        return sdvbench.build(options.pop("model", nano), workflow, precision, **options)

    return build


@pytest.fixture
def no_export(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model has been exported to ONNX; whatever exports again fails."""
    built("W1", "fp32").close()

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("exported again")

    monkeypatch.setattr(torch.onnx, "export", fail)
