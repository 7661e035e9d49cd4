"""NVIDIA's parser and builder, and files for them."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.pruning import prune
from sdvbench.quantization.static import PAPER, TENSORRT
from sdvbench.store import Store
from sdvbench.tensors import Images
from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
from sdvbench.workflows.onnx_precision import write_in_precision
from tests.workflows.tensorrt.rig import REQUIREMENTS, NoRig, load

SIDE_PX = 64
DIALECTS = {"paper": PAPER, "tensorrt": TENSORRT}

OnnxFile = Callable[..., Path]


@pytest.fixture(scope="session")
def trt() -> ModuleType:
    """TensorRT for RTX, importable in this process from now on."""
    try:
        return load()
    except NoRig as reason:
        pytest.skip(f"{reason}; to enable: pip must be able to fetch {' and '.join(REQUIREMENTS)}")


@pytest.fixture(scope="session")
def request_for(
    nano: Detector, store: Store, calibration: Images
) -> Callable[[str, str], BuildRequest]:
    """What W2 is asked for, of YOLOv5n at 64 x 64, by pruning and precision."""
    models: dict[str, Detector] = {}

    def make(pruning: str, precision: str) -> BuildRequest:
        if pruning not in models:
            models[pruning] = prune(nano, pruning, imgsz=SIDE_PX)
        model = models[pruning]
        images = Calibration("squares", lambda: [(image[np.newaxis],) for image in calibration])
        spec = EngineSpec.for_images(precision, SIDE_PX, device="cuda")
        return BuildRequest(Source(model_digest(model), lambda: model), spec, images, store)

    return make


@pytest.fixture(scope="session")
def onnx_file(
    request_for: Callable[[str, str], BuildRequest], tmp_path_factory: pytest.TempPathFactory
) -> OnnxFile:
    """The file of a pruning and a precision, in TensorRT's dialect or in the paper's."""
    folder = tmp_path_factory.mktemp("onnx")

    def make(pruning: str, precision: str, dialect: str = "tensorrt") -> Path:
        file = folder / f"{pruning}-{precision}-{dialect}.onnx"
        if not file.exists():
            write_in_precision(request_for(pruning, precision), DIALECTS[dialect], file)
        return file

    return make
