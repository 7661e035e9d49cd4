"""Decoders by name, a file each: from the outputs of a network to candidates."""

from sdvbench.registry import Registry

__all__ = ["DECODERS"]

DECODERS = Registry(
    "decoder",
    "sdvbench.decoders",
    {
        "yolov5": "sdvbench.tasks.detection.decoders.yolov5:Yolov5",
        "yolov8": "sdvbench.tasks.detection.decoders.yolov8:Yolov8",
        "detr": "sdvbench.tasks.detection.decoders.detr:Detr",
        "nms": "sdvbench.tasks.detection.decoders.nms:Suppressed",
    },
)
