"""The layouts of networks that end with suppression, or that need none."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.boxes import xyxy_to_xywh
from sdvbench.tasks.detection.decoders.base import Candidates, Decoder, Outputs
from sdvbench.tasks.detection.decoders.checks import check_scores, finite
from sdvbench.tensors import Array

# In the order of NVIDIA's EfficientNMS plug-in; words of which a name contains one.
WORDS = (("num",), ("boxes",), ("scores",), ("class", "label"))
ROUNDING = 0.01  # of the input's side: by so much quantization may swap two edges of a thin box


@dataclass(frozen=True, eq=False)
class _Found:
    """In one image: corners (n, 4), x1 y1 x2 y2 in pixels; scores (n,); numbers (n,) of classes."""

    corners: Array
    scores: Array
    numbers: Array


@dataclass(frozen=True)
class Suppressed(Decoder):
    """One output (B, N, 6): x1, y1, x2, y2 in pixels, score, class; rows of score 0 are padding.

    Or four, as of NVIDIA's EfficientNMS plug-in: how many rows of each image count, (B, 1) or (B,);
    boxes (B, N, 4), x1 y1 x2 y2 in pixels; scores (B, N); classes (B, N). They are found by
    ``output_names`` that contain "num", "boxes", "scores", and "class" or "label", else taken in
    this order.

    ``classes`` must be known, as neither says it: COCO's numbers all fit a data set of another ten
    classes, and would be scored as those without a word.
    """

    form = "one output (images, boxes, 6) or four: counts, boxes, scores and classes"
    same_rows = False

    def __post_init__(self) -> None:
        if self.classes is None:
            problem = "does not say how many classes the model has, nor which"
            remedy = "Pass the model's class names, in the order of its class numbers"
            raise MeasurementError("the decoder nms", problem, remedy)

    def __call__(self, outputs: Outputs) -> list[Candidates]:
        if len(outputs) == 1 and outputs[0].ndim == 3 and outputs[0].shape[2] == 6:
            rows = finite(outputs[0], "the output for an image")
            images: Iterable[_Found] = (_Found(row[:, :4], row[:, 4], row[:, 5]) for row in rows)
        elif len(outputs) == 4:
            images = self._of_four(outputs)
        else:
            raise self.refused(outputs)
        return [self._candidates(found) for found in images]

    def _of_four(self, outputs: Outputs) -> Iterable[_Found]:
        counts, boxes, scores, numbers = (outputs[i] for i in _order(self.output_names))
        images, rows = scores.shape if scores.ndim == 2 else (0, 0)
        if (
            counts.shape not in ((images, 1), (images,))
            or boxes.shape != (images, rows, 4)
            or numbers.shape != scores.shape
        ):
            raise self.refused(outputs)
        for index, count in enumerate(counts.ravel().tolist()):
            if not (0 <= count <= rows and count == int(count)):
                problem = f"is not a count of the {rows} rows an image has"
                remedy = "Check the order and the names of the network's four outputs"
                raise MeasurementError(f"{count} detections", problem, remedy)
            real = slice(int(count))  # what follows is undefined
            yield _Found(boxes[index, real], scores[index, real], numbers[index, real])

    def _candidates(self, found: _Found) -> Candidates:
        all_scores = finite(found.scores, "the scores of an image")
        remedy = "Check that columns are x1 y1 x2 y2 score class, or the order of the four outputs"
        check_scores(all_scores, "scores", remedy)
        real = all_scores > 0
        corners = finite(found.corners[real], "the boxes of an image")
        self._check_corners(corners)
        scores = np.zeros((len(corners), self.classes or 0), np.float32)
        scores[np.arange(len(corners)), self._numbers(found.numbers[real])] = all_scores[real]
        return Candidates(xyxy_to_xywh(corners), scores, False)

    def _check_corners(self, corners: NDArray[np.float32]) -> None:
        sizes = corners[:, 2:] - corners[:, :2]
        swapped = (sizes < -ROUNDING * max(self.height, self.width)).any(axis=1)
        if swapped.any():
            box = ", ".join(f"{value:.4g}" for value in corners[swapped][0])
            problem = "ends left of where it begins, or above; it may be centre, width and height"
            remedy = "Export the network with boxes as x1 y1 x2 y2"
            raise MeasurementError(f"a box {box}", problem, remedy)

    def _numbers(self, values: Array) -> NDArray[np.int64]:
        whole = finite(values, "the classes of an image").astype(np.int64)
        for value in values[(whole != values) | (whole < 0) | (whole >= (self.classes or 0))]:
            problem = f"is not a whole number from 0 to {(self.classes or 0) - 1}"
            remedy = "Pass the names of all classes of the model, or check the order of its outputs"
            raise MeasurementError(f"class {value:g}", problem, remedy)
        return whole


def _order(names: tuple[str, ...]) -> list[int]:
    """Where counts, boxes, scores and classes are among the outputs."""
    places = [
        [i for i, name in enumerate(names) if any(word in name.lower() for word in words)]
        for words in WORDS
    ]
    said = [place[0] for place in places if len(place) == 1]
    return said if sorted(said) == [0, 1, 2, 3] else [0, 1, 2, 3]
