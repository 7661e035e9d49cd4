"""From an engine's raw outputs to detections: thresholds and non-maximum suppression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sdvbench.detection.boxes import xywh_to_xyxy
from sdvbench.detection.classes import ClassMap
from sdvbench.errors import MeasurementError

CONFIDENCE, IOU, LIMIT = 0.001, 0.6, 300  # YOLOv5's validation
# No image is worth more labels than this; it bounds the time that an untrained model takes.
MAX_CANDIDATES = 30_000
# Tried first: the best 300 of all are nearly always among these many of the highest scores.
FIRST_CANDIDATES = 4_096


@dataclass(frozen=True, eq=False)
class Detections:
    """What was found in one image, the highest score first.

    boxes: (n, 4) float32, x1 y1 x2 y2 in pixels. scores: (n,) float32, objectness times class
    score. classes: (n,) int64.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)


def detections(
    outputs: NDArray[np.float32],
    confidence: float = CONFIDENCE,
    iou: float = IOU,
    limit: int = LIMIT,
    class_map: ClassMap | None = None,
) -> list[Detections]:
    """(B, N, 5+C) float32 (xywh in input pixels, objectness, class scores) -> one result an image.

    A box counts for every class in which objectness times class score exceeds ``confidence``.
    Within a class, a box is dropped when its IoU with one of higher score exceeds ``iou``. At most
    ``limit`` are kept an image, those of the highest scores. With ``class_map``, classes are those
    of the data set, mapped before suppression: "car" and "truck" on one box make one "vehicle".

    Raises MeasurementError for outputs of another shape or with values that are not finite.
    Suppression is OpenCV's (``cv2.dnn.NMSBoxes``).
    """
    if outputs.ndim != 3 or outputs.shape[2] < 6:
        problem = "are not (images, boxes, 5 + classes)"
        raise MeasurementError(f"outputs of shape {outputs.shape}", problem)
    found = []
    for index, output in enumerate(outputs):
        if not np.isfinite(output).all():
            count = int((~np.isfinite(output)).sum())
            problem = f"has {count} of {output.size} values that are NaN or infinite"
            remedy = "Build the engine in fp32 to see whether its precision overflows"
            raise MeasurementError(f"output of image {index} of the batch", problem, remedy)
        candidates = _candidates(output, confidence, class_map)
        found.append(_suppressed(candidates, iou, limit))
    return found


def _candidates(
    output: NDArray[np.float32], confidence: float, class_map: ClassMap | None
) -> Detections:
    """Every box and class above ``confidence``, by score; suppression is still to be done."""
    # Class scores are at most 1, so a box of low objectness has no high product.
    likely = output[output[:, 4] > confidence]
    scores = likely[:, 5:] * likely[:, 4:5]
    if class_map is not None:
        scores = class_map.apply(scores)
    chosen = np.flatnonzero(scores > confidence)  # flat: three times as fast as by row and column
    values = scores.reshape(-1)[chosen]
    order = np.argsort(-values, kind="stable")[:MAX_CANDIDATES]
    rows, classes = np.divmod(chosen[order], scores.shape[1])
    return Detections(xywh_to_xyxy(likely[:, :4])[rows], values[order], classes)


def _suppressed(candidates: Detections, iou: float, limit: int) -> Detections:
    """The survivors, at most ``limit``.

    Whether a candidate survives depends only on those before it, so a prefix is enough as soon as
    it yields ``limit`` survivors.
    """
    kept = _survivors(candidates, FIRST_CANDIDATES, iou)
    if len(kept) < limit and len(candidates) > FIRST_CANDIDATES:
        kept = _survivors(candidates, len(candidates), iou)
    kept = kept[:limit]
    return Detections(candidates.boxes[kept], candidates.scores[kept], candidates.classes[kept])


def _survivors(candidates: Detections, count: int, iou: float) -> NDArray[np.int64]:
    """Indices, ascending, of what suppression within each class leaves of the first ``count``."""
    classes, scores = candidates.classes[:count], candidates.scores[:count]
    boxes = candidates.boxes[:count].astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]  # OpenCV wants left, top, width, height
    kept = [np.empty(0, np.int64)]
    for index in np.unique(classes):
        members = np.flatnonzero(classes == index)
        # OpenCV converts a list of boxes several times faster than the rows of an array.
        chosen = cv2.dnn.NMSBoxes(boxes[members].tolist(), scores[members].tolist(), 0.0, iou)
        kept.append(members[np.asarray(chosen, np.int64).reshape(-1)])
    return np.sort(np.concatenate(kept))
