"""Data sets by kind: rendered scenes, COCO, YOLO folders, KITTI, BDD100K, drives."""

from sdvbench.datasets.base import Dataset, DetectionSample, DrivingSample, Sample
from sdvbench.registry import Registry

__all__ = ["DATASETS", "Dataset", "DetectionSample", "DrivingSample", "Sample"]

DATASETS = Registry(
    "data set",
    "sdvbench.datasets",
    {
        "scenes": "sdvbench.datasets.scenes:Scenes",
        "scene-sequence": "sdvbench.datasets.scenes:SceneSequence",
        "coco": "sdvbench.datasets.coco:Coco",
        "yolo": "sdvbench.datasets.yolo:Yolo",
        "kitti": "sdvbench.datasets.kitti:Kitti",
        "kitti-sequence": "sdvbench.datasets.kitti_sequence:KittiSequence",
        "driving": "sdvbench.datasets.driving:Driving",
        "circuit": "sdvbench.datasets.circuit:CircuitDrive",
        "bdd100k": "sdvbench.datasets.bdd100k:Bdd100k",
    },
)
