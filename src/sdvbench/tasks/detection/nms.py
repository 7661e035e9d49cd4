"""From an engine's raw outputs to detections: thresholds and non-maximum suppression."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.boxes import xywh_to_xyxy
from sdvbench.tasks.detection.classes import ClassMap

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

    boxes: (n, 4) float32, x1 y1 x2 y2 in pixels. scores: (n,) float32, objectness times class
    score. classes: (n,) int64.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)


def detections(
    output: NDArray[np.float32],
    confidence: float = CONFIDENCE,
    iou: float = IOU,
    limit: int = LIMIT,
    class_map: ClassMap | None = None,
) -> Detections:
    """(N, 5+C) float32 of one image: xywh in input pixels, objectness, class scores.

    A box counts for every class in which objectness times class score exceeds ``confidence``.
    Within a class, a box is dropped when its IoU with one of higher score exceeds ``iou``. At most
    ``limit`` are kept, those of the highest scores. With ``class_map``, classes are those
    of the data set, mapped before suppression: "car" and "truck" on one box make one "vehicle".

    Raises MeasurementError for an output of another shape or with values that are not finite.
    Suppression is ONNX Runtime's NonMaxSuppression, which takes scores as they lie: converting
    boxes and scores for one call of OpenCV's a class took twice as long.
    """
    if output.ndim != 2 or output.shape[1] < 6:
        raise MeasurementError(f"an output of shape {output.shape}", "is not (boxes, 5 + classes)")
    if not np.isfinite(output).all():
        count = int((~np.isfinite(output)).sum())
        problem = f"has {count} of {output.size} values that are NaN or infinite"
        remedy = "Build the engine in fp32 to see whether its precision overflows"
        raise MeasurementError("the output for an image", problem, remedy)
    # Class scores are at most 1, so a box of low objectness has no high product.
    likely = output[output[:, 4] > confidence]
    scores = likely[:, 5:] * likely[:, 4:5]
    if class_map is not None:
        scores = class_map.apply(scores)
    by_class = np.ascontiguousarray(scores.T)
    options = {
        "limit": np.array([limit]),
        "iou": np.array([iou], np.float32),
        "confidence": np.array([confidence], np.float32),
    }
    arrays = {"boxes": likely[None, :, :4], "scores": by_class[None]}
    (kept,) = _suppression().run(None, {**arrays, **options})
    _, classes, rows = kept.T
    values = by_class[classes, rows]
    order = np.argsort(-values, kind="stable")[:limit]
    return Detections(xywh_to_xyxy(likely[rows[order], :4]), values[order], classes[order])


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
