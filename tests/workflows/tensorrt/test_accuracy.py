"""What TensorRT's int8 recipe costs, on real images: its file, run by ONNX Runtime on the CPU."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sdvbench
from sdvbench.datasets import Dataset
from sdvbench.datasets.source import open_dataset
from sdvbench.detection.letterbox import letterbox
from sdvbench.store import Store

CALIBRATION_IMAGES = 32


@pytest.fixture(scope="module")
def coco(shared_data: Path) -> Dataset:
    return open_dataset(f"yolo:{shared_data / 'coco128'}")


@pytest.fixture(scope="module")
def scored(coco: Dataset, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """mAP50-95 of yolov5n.pt as a W1 engine."""
    model = sdvbench.load_model("yolov5n", shared_data / "weights/yolov5n.pt")
    store = Store(tmp_path_factory.mktemp("store"))
    first = [letterbox(coco[index].image, 640)[0] for index in range(CALIBRATION_IMAGES)]

    def score(precision: str, **options: Any) -> float:
        images = np.stack(first)
        with sdvbench.build(
            model, "W1", precision, calibration=images, store=store, **options
        ) as engine:
            return sdvbench.evaluate(engine, coco).map

    return score


def test_int8_for_tensorrt_stays_within_a_hundredth_of_fp32(scored: Any) -> None:
    exact, paper = scored("fp32"), scored("int8")
    tensorrt = scored("int8", quantization="tensorrt")
    print(f"mAP50-95: fp32 {exact:.4f}, int8 for TensorRT {tensorrt:.4f}, paper {paper:.4f}")
    assert exact - tensorrt < 0.01
    assert exact - paper < 0.05
