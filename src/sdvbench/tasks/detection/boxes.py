"""Boxes as arrays: their two notations and how much they overlap."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def xywh_to_xyxy(boxes: Boxes) -> Boxes:
    """(..., 4) centre x, centre y, width, height -> (..., 4) x1 y1 x2 y2; unit and dtype kept."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return np.concatenate((centre - half, centre + half), axis=-1)


def xyxy_to_xywh(boxes: Boxes) -> Boxes:
    """(..., 4) x1 y1 x2 y2 -> (..., 4) centre x, centre y, width, height; unit and dtype kept."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate(((low + high) / 2, high - low), axis=-1)


def box_iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of each pair, (n, 4) and (m, 4) xyxy -> (n, m) in 0..1.

    Computed in float64. A pair without any area has IoU 0.
    """
    a64, b64 = a.astype(np.float64)[:, None], b.astype(np.float64)[None]
    low = np.maximum(a64[..., :2], b64[..., :2])
    high = np.minimum(a64[..., 2:], b64[..., 2:])
    intersection = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [np.clip(box[..., 2:] - box[..., :2], 0, None).prod(axis=-1) for box in (a64, b64)]
    union = areas[0] + areas[1] - intersection
    iou: NDArray[np.float64] = np.zeros_like(union)
    np.divide(intersection, union, out=iou, where=union > 0)
    return iou
