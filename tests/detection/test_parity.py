"""The figures of YOLOv5's own validation, where its weights and COCO's images are at hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from sdvbench.datasets.yolo import Yolo
from sdvbench.detection.evaluate import evaluate
from sdvbench.models import load_model
from sdvbench.pruning.profile import fuse


@dataclass(frozen=True)
class Spec:
    batch: int = 1
    imgsz: int = 640


class Eager:
    """The model as it is, in fp32."""

    spec = Spec()

    def __init__(self, weights: Path) -> None:
        self.model = fuse(load_model("yolov5n", weights=weights))

    def __call__(self, images: np.ndarray, /) -> np.ndarray:
        with torch.inference_mode():
            return self.model(torch.from_numpy(images)).numpy()


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Path:
    for part in ("weights/yolov5n.pt", "coco128/labels"):
        if not (shared_data / part).exists():
            pytest.skip(f"no {part} below {shared_data}; enable with SDVBENCH_DATA=<folder> pytest")
    return shared_data


def test_yolov5n_on_128_images_of_coco(data: Path) -> None:
    metrics = evaluate(Eager(data / "weights/yolov5n.pt"), Yolo(data / "coco128", names="coco"))
    # AP is COCO's here; YOLOv5's validation integrates by trapezoids and lets a detection match
    # only the object that it overlaps most, which gives 0.0019 and 0.0011 less on these images.
    assert metrics.map50 == pytest.approx(0.5515, abs=0.002)
    assert metrics.map == pytest.approx(0.3557, abs=0.002)
    assert metrics.precision == pytest.approx(0.568, abs=0.002)
    assert metrics.recall == pytest.approx(0.535, abs=0.002)
    assert (metrics.images, metrics.instances) == (128, 929)
