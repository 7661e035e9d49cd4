"""The figures of YOLOv5's own validation, where its weights and COCO's images are at hand; and what
TensorRT's int8 recipe costs of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sdvbench
from sdvbench.datasets.yolo import Yolo
from sdvbench.store import Store
from sdvbench.tasks.detection.letterbox import letterbox
from sdvbench.tasks.detection.metrics import Metrics

CALIBRATION_IMAGES = 32


@pytest.fixture(scope="module")
def scored(shared_data: Path, session_store: Path) -> Callable[..., Metrics]:
    """Of yolov5n.pt as a W1 engine, on COCO's first 128 images."""
    for part in ("weights/yolov5n.pt", "coco128/labels"):
        if not (shared_data / part).exists():
            pytest.skip(f"no {part} below {shared_data}; enable with SDVBENCH_DATA=<folder> pytest")
    model = sdvbench.load_model("yolov5n", shared_data / "weights/yolov5n.pt")
    data = Yolo(shared_data / "coco128", names="coco")
    images = np.stack([letterbox(data[i].image, 640)[0] for i in range(CALIBRATION_IMAGES)])

    def score(precision: str, **options: Any) -> Metrics:
        given = {"calibration": images, "store": Store(session_store), "threads": 1, **options}
        with sdvbench.build(model, "W1", precision, **given) as engine:
            return sdvbench.evaluate(engine, data)

    return score


@pytest.fixture(scope="module")
def exact(scored: Callable[..., Metrics]) -> Metrics:
    return scored("fp32")


def test_fp32_is_what_yolov5_s_validation_gives(exact: Metrics) -> None:
    # AP is COCO's here; YOLOv5's validation integrates by trapezoids and lets a detection match
    # only the object that it overlaps most, which gives 0.0019 and 0.0011 less on these images.
    assert exact.map50 == pytest.approx(0.5515, abs=0.002)
    assert exact.map == pytest.approx(0.3557, abs=0.002)
    assert exact.precision == pytest.approx(0.568, abs=0.002)
    assert exact.recall == pytest.approx(0.535, abs=0.002)
    assert (exact.images, exact.instances) == (128, 929)


def test_int8_for_tensorrt_stays_within_a_hundredth_of_fp32(
    exact: Metrics, scored: Callable[..., Metrics]
) -> None:
    tensorrt = scored("int8", quantization="tensorrt")
    print(f"mAP50-95 on coco128: fp32 {exact.map:.4f}, int8 for TensorRT {tensorrt.map:.4f}")
    assert exact.map - tensorrt.map < 0.01
