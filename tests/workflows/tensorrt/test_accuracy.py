"""What TensorRT's int8 recipe costs: its file, run by ONNX Runtime on the CPU."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sdvbench
from sdvbench.datasets.source import open_dataset
from sdvbench.detection.letterbox import letterbox
from sdvbench.embedded import FOLDER, IMGSZ, MODEL
from sdvbench.gate.thresholds import Thresholds
from sdvbench.store import Store

CALIBRATION_IMAGES = 32
DATA = ("yolo:coco128?names=coco", "kitti:kitti")


@pytest.fixture(scope="module")
def scored(shared_data: Path, store: Store) -> Any:
    """mAP50-95 of yolov5n.pt as a W1 engine, by data set and precision."""
    model = sdvbench.load_model("yolov5n", shared_data / "weights/yolov5n.pt")

    def score(data: str, precision: str, **options: Any) -> float:
        kind, _, folder = data.partition(":")
        dataset = open_dataset(f"{kind}:{shared_data / folder}")
        first = (dataset[index].image for index in range(CALIBRATION_IMAGES))
        images = np.stack([letterbox(image, 640)[0] for image in first])
        with sdvbench.build(
            model, "W1", precision, calibration=images, store=store, **options
        ) as engine:
            return sdvbench.evaluate(engine, dataset).map

    return score


@pytest.mark.parametrize("data", DATA)
def test_int8_for_tensorrt_stays_within_a_hundredth_of_fp32(scored: Any, data: str) -> None:
    exact, tensorrt = scored(data, "fp32"), scored(data, "int8", quantization="tensorrt")
    print(f"mAP50-95 on {data}: fp32 {exact:.4f}, int8 for TensorRT {tensorrt:.4f}")
    assert exact > 0.25
    assert exact - tensorrt < 0.01


def test_int8_for_tensorrt_on_scenes(store: Store, tmp_path: Path) -> None:
    """The embedded model, which needs no data beside the repository."""
    model = sdvbench.load_model(MODEL, FOLDER / f"{MODEL}-orig.safetensors")
    scenes = open_dataset("scenes:96")
    first = (scenes[index].image for index in range(CALIBRATION_IMAGES))
    images = np.stack([letterbox(image, IMGSZ)[0] for image in first])

    def score(precision: str, **options: Any) -> float:
        given = {"imgsz": IMGSZ, "calibration": images, "store": store}
        with sdvbench.build(model, "W1", precision, **given, **options) as engine:
            return sdvbench.evaluate(engine, scenes, model.class_names).map

    exact, paper = score("fp32"), score("int8")
    tensorrt = score("int8", quantization="tensorrt")
    print(f"mAP50-95 on scenes: fp32 {exact:.4f}, int8 {tensorrt:.4f} (the paper's {paper:.4f})")
    limit = Thresholds(tmp_path).limits("map_drop", "int8", ["map"])["map"]
    assert exact > 0.25
    assert exact - tensorrt < min(limit, exact - paper)
