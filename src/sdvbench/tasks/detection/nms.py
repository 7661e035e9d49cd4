"""From candidates to detections: thresholds and non-maximum suppression."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.boxes import xywh_to_xyxy
from sdvbench.tasks.detection.classes import ClassMap
from sdvbench.tasks.detection.decoders.base import Candidates

CONFIDENCE, IOU, LIMIT = 0.001, 0.6, 300  # YOLOv5's validation

SUPPRESSION = """
<ir_version: 8, opset_import: ["" : 17]>
suppression (
    float[1, n, 4] boxes, float[1, c, n] scores, int64[1] limit, float[1] iou, float[1] confidence
) => (int64[k, 3] kept)
{ kept = NonMaxSuppression <center_point_box = 1> (boxes, scores, limit, iou, confidence) }
"""


@dataclass(frozen=True, eq=False)
class Detections:
    """What was found in one image, the highest score first.

    boxes: (n, 4) float32, x1 y1 x2 y2 in pixels. scores: (n,) float32. classes: (n,) int64.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)


def detections(
    candidates: Candidates,
    confidence: float | None = None,
    iou: float = IOU,
    limit: int = LIMIT,
    class_map: ClassMap | None = None,
) -> Detections:
    """What of one image's candidates is detected, boxes in pixels of the input.

    A candidate counts for every class of which its score exceeds ``confidence``; None is YOLOv5's
    0.001 where suppression follows, else 0, since the network has chosen already. Where suppression
    follows, a box is dropped when its IoU with one of higher score in the same class exceeds
    ``iou``. At most ``limit`` are kept, those of the highest scores. With ``class_map``, classes
    are those of the data set, mapped before suppression: "car" and "truck" on one box make one
    "vehicle".
    """
    scores = candidates.scores
    if class_map is not None:
        scores = class_map.apply(scores)
    if confidence is None:
        confidence = CONFIDENCE if candidates.suppress else 0.0
    likely = scores.max(axis=1, initial=0) > confidence
    boxes, by_class = candidates.boxes[likely], np.ascontiguousarray(scores[likely].T)
    if candidates.suppress:
        classes, rows = _suppressed(boxes, by_class, confidence, iou, limit)
    else:
        classes, rows = np.nonzero(by_class > confidence)
    values = by_class[classes, rows]
    order = np.argsort(-values, kind="stable")[:limit]
    return Detections(xywh_to_xyxy(boxes[rows[order]]), values[order], classes[order])


def _suppressed(
    boxes: NDArray[np.float32],
    by_class: NDArray[np.float32],
    confidence: float,
    iou: float,
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Class and row of what is kept, at most ``limit`` a class. by_class: (C, n).

    It is ONNX Runtime's NonMaxSuppression, which takes scores as they lie: converting boxes and
    scores for one call of OpenCV's a class took twice as long.
    """
    options = {
        "limit": np.array([limit]),
        "iou": np.array([iou], np.float32),
        "confidence": np.array([confidence], np.float32),
    }
    arrays = {"boxes": np.ascontiguousarray(boxes)[None], "scores": by_class[None]}
    (kept,) = _suppression().run(None, {**arrays, **options})
    _, classes, rows = kept.T
    return classes, rows


@cache
def _suppression() -> Any:
    import onnx.parser

    try:
        import onnxruntime
    except ImportError:
        remedy = 'pip install "sdvbench[cpu]" or, on a GPU host, "sdvbench[gpu]"'
        problem = "is not installed, and accuracy needs it for non-maximum suppression"
        raise MeasurementError("onnxruntime", problem, remedy) from None

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnx.parser.parse_model(SUPPRESSION).SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
