"""How far two engines' outputs on the same images lie apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.decoders.base import (
    Candidates,
    Decoder,
    Outputs,
    as_outputs,
    by_image,
)
from sdvbench.tasks.detection.decoders.yolov5 import Yolov5
from sdvbench.tensors import Array


@dataclass(frozen=True)
class Agreement:
    """Absolute differences between two engines, over all candidates, likely or not.

    box_mean_px, box_max_px: of x, y, width and height in input pixels.
    confidence_mean, confidence_max: of the scores by class; YOLOv5's are objectness times class
        score.
    Means are means over images of each image's mean. ``a + b`` is the agreement over both's images.
    """

    images: int
    box_mean_px: float
    box_max_px: float
    confidence_mean: float
    confidence_max: float

    def __add__(self, other: "Agreement") -> "Agreement":
        images = self.images + other.images
        share = self.images / images
        return Agreement(
            images,
            self.box_mean_px * share + other.box_mean_px * (1 - share),
            max(self.box_max_px, other.box_max_px),
            self.confidence_mean * share + other.confidence_mean * (1 - share),
            max(self.confidence_max, other.confidence_max),
        )


def agreement(
    outputs: Array | Outputs, reference: Array | Outputs, decoder: Decoder | None = None
) -> Agreement:
    """Compare two engines' outputs on the same images, one image at a time.

    outputs, reference: an array, or a tuple of them, with the images as first axis of each.
    decoder: of the layout of both; None is YOLOv5's.

    Where row i of the outputs is from the same place of the network in every call, candidates are
    compared row by row. Where it is not ("detr", "nms"), an engine may put out the same objects in
    another order, so each image's candidates are first paired one to one, those of the smaller set
    each with one of the other, so that differences are least in all: of boxes as a share of the
    input's width and height, plus of scores, summed up. One that is left over differs by its whole
    width and height, and by its whole scores.

    Raises MeasurementError where shapes differ (in another order, the numbers of images or
    classes), where there is no image, and as the decoder does.
    """
    decoder = decoder or Yolov5(height=0, width=0)  # whose boxes are in pixels already
    ours, theirs = as_outputs(outputs), as_outputs(reference)
    shapes, others = (_shapes(each, decoder.same_rows) for each in (ours, theirs))
    images = shapes[0][0] if shapes and shapes[0] else 0
    if shapes != others or not images:
        problem = f"cannot be compared with outputs of shape {_text(theirs)}"
        remedy = "Run both engines on the same images, at least one, at the same imgsz"
        raise MeasurementError(f"outputs of shape {_text(ours)}", problem, remedy)
    result: Agreement | None = None
    for mine, other in zip(by_image(ours, images), by_image(theirs, images), strict=True):
        (a,), (b,) = decoder(mine), decoder(other)
        one = _one_image(*(_by_row(a, b) if decoder.same_rows else _paired(a, b, decoder)))
        result = one if result is None else result + one
    assert result is not None  # there is at least one image
    return result


def _shapes(outputs: Outputs, same_rows: bool) -> list[tuple[int, ...]]:
    """What must be equal: where rows have no meaning, their number (the second axis) may differ."""
    return [array.shape[:1] + array.shape[1 if same_rows else 2 :] for array in outputs]


def _text(outputs: Outputs) -> str:
    return ", ".join(str(array.shape) for array in outputs)


def _one_image(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> Agreement:
    """boxes: (n, 4) differences in pixels. scores: (n, C) differences."""
    box_px, confidence = (
        float(each.mean(dtype=np.float64)) if each.size else 0.0 for each in (boxes, scores)
    )
    return Agreement(
        1, box_px, float(boxes.max(initial=0)), confidence, float(scores.max(initial=0))
    )


def _by_row(a: Candidates, b: Candidates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.abs(a.boxes - b.boxes), np.abs(a.scores - b.scores)


def _paired(
    a: Candidates, b: Candidates, decoder: Decoder
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    sides = np.array([decoder.width, decoder.height] * 2, np.float32)
    places = [np.hstack((each.boxes / sides, each.scores)) for each in (a, b)]
    rows, columns = linear_sum_assignment(cdist(*places, "cityblock"))
    boxes = [np.abs(a.boxes[rows] - b.boxes[columns])]
    scores = [np.abs(a.scores[rows] - b.scores[columns])]
    for each, paired in ((a, rows), (b, columns)):
        left_over = np.delete(each.boxes, paired, axis=0)
        boxes.append(left_over * np.array([0, 0, 1, 1], np.float32))
        scores.append(np.delete(each.scores, paired, axis=0))
    return np.concatenate(boxes), np.concatenate(scores)
