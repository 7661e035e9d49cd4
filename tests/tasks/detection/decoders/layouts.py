"""The same candidates, written in each layout."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sdvbench.tasks.detection.boxes import xywh_to_xyxy
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.nms import Detections, detections

PADDING_ROWS = 2  # of what stands after suppression
UNLIKELY = 1e-9  # instead of 0, whose logit is infinite

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Layout:
    """write: boxes (B, n, 4) xywh in pixels, scores (B, n, C), (height, width) -> the outputs."""

    decoder: str
    write: Callable[[np.ndarray, np.ndarray, tuple[int, int]], Arrays]
    names: tuple[str, ...] = ()

    def read(self, outputs: Arrays, size: tuple[int, int], classes: int) -> list[Detections]:
        decode = DECODERS[self.decoder](*size, self.names, classes)
        return [detections(candidates) for candidates in decode(outputs)]


def _yolov5(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    return (np.concatenate((boxes, np.ones_like(boxes[..., :1]), scores), axis=2),)


def _yolov8(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    return (np.concatenate((boxes, scores), axis=2).transpose(0, 2, 1),)


def _detr(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    likely = np.clip(scores.astype(np.float64), UNLIKELY, 1 - UNLIKELY)
    height, width = size
    fractions = boxes / np.array([width, height, width, height], np.float32)
    return np.log(likely / (1 - likely)).astype(np.float32), fractions


def _detr_swapped(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    return _detr(boxes, scores, size)[::-1]


def _four(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    """A row for each score above 0; what stands after them is undefined."""
    pairs = [np.argwhere(each > 0) for each in scores]
    rows = max(map(len, pairs)) + PADDING_ROWS
    counts = np.array([[len(each)] for each in pairs], np.int32)
    corners = np.full((len(boxes), rows, 4), np.nan, np.float32)
    values = np.full((len(boxes), rows), np.nan, np.float32)
    classes = np.full((len(boxes), rows), -7, np.int32)
    for index, each in enumerate(pairs):
        count = len(each)
        corners[index, :count] = xywh_to_xyxy(boxes[index, each[:, 0]])
        values[index, :count] = scores[index, each[:, 0], each[:, 1]]
        classes[index, :count] = each[:, 1]
    return counts, corners, values, classes


def _four_named(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    """In TensorFlow's order."""
    counts, corners, values, classes = _four(boxes, scores, size)
    return corners, classes, values, counts


def _six(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> Arrays:
    counts, corners, values, classes = _four(boxes, scores, size)
    rows = np.concatenate((corners, values[..., None], classes[..., None]), axis=2)
    padding = np.arange(rows.shape[1]) >= counts
    return (np.where(padding[..., None], 0, rows).astype(np.float32),)


TENSORFLOW = ("detection_boxes", "detection_classes", "detection_scores", "num_detections")
LAYOUTS = {
    "yolov5": Layout("yolov5", _yolov5),
    "yolov8": Layout("yolov8", _yolov8),
    "detr": Layout("detr", _detr),
    "detr, boxes first": Layout("detr", _detr_swapped),
    "detr, by name": Layout("detr", _detr_swapped, ("pred_boxes", "pred_logits")),
    "nms, one output": Layout("nms", _six),
    "nms, four outputs": Layout("nms", _four),
    "nms, four by name": Layout("nms", _four_named, TENSORFLOW),
}
