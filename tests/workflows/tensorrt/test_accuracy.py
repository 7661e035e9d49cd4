"""What TensorRT's int8 recipe costs: its file, run by ONNX Runtime on the CPU."""

from pathlib import Path
from typing import Any

import numpy as np

import sdvbench
from sdvbench.datasets.source import open_dataset
from sdvbench.embedded import FOLDER, IMGSZ, MODEL
from sdvbench.gate.thresholds import Thresholds
from sdvbench.store import Store
from sdvbench.tasks.detection.letterbox import letterbox

CALIBRATION_IMAGES = 32


def test_int8_for_tensorrt_on_kitti(shared_data: Path, store: Store) -> None:
    """tests/tasks/detection/test_parity.py asks the same of COCO's images."""
    model = sdvbench.load_model("yolov5n", shared_data / "weights/yolov5n.pt")
    frames = open_dataset(f"kitti:{shared_data}/kitti")
    first = (frames[index].image for index in range(CALIBRATION_IMAGES))
    images = np.stack([letterbox(image, 640)[0] for image in first])

    def score(precision: str, **options: Any) -> float:
        given = {"calibration": images, "store": store, "threads": 1, **options}
        with sdvbench.build(model, "W1", precision, **given) as engine:
            return sdvbench.evaluate(engine, frames).map

    exact, tensorrt = score("fp32"), score("int8", quantization="tensorrt")
    print(f"mAP50-95 on KITTI: fp32 {exact:.4f}, int8 for TensorRT {tensorrt:.4f}")
    assert exact > 0.25
    assert exact - tensorrt < 0.01


def test_int8_for_tensorrt_on_scenes(store: Store, tmp_path: Path) -> None:
    """The embedded model, which needs no data beside the repository."""
    model = sdvbench.load_model(MODEL, FOLDER / f"{MODEL}-orig.safetensors")
    scenes = open_dataset("scenes:96")
    first = (scenes[index].image for index in range(CALIBRATION_IMAGES))
    images = np.stack([letterbox(image, IMGSZ)[0] for image in first])

    def score(precision: str, **options: Any) -> float:
        given = {"imgsz": IMGSZ, "calibration": images, "store": store, "threads": 1}
        with sdvbench.build(model, "W1", precision, **given, **options) as engine:
            return sdvbench.evaluate(engine, scenes, model.class_names).map

    exact, paper = score("fp32"), score("int8")
    tensorrt = score("int8", quantization="tensorrt")
    print(f"mAP50-95 on scenes: fp32 {exact:.4f}, int8 {tensorrt:.4f} (the paper's {paper:.4f})")
    limit = Thresholds(tmp_path).limits("map_drop", "int8", ["map"])["map"]
    assert exact > 0.25
    assert exact - tensorrt < min(limit, exact - paper)
