"""How far two engines' raw outputs on the same images lie apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError


@dataclass(frozen=True)
class Agreement:
    """Absolute differences between two engines, over all boxes, likely or not.

    box_mean_px, box_max_px: of x, y, width and height in input pixels.
    confidence_mean, confidence_max: of objectness times class score.
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


def agreement(outputs: NDArray[np.float32], reference: NDArray[np.float32]) -> Agreement:
    """Compare two engines' (B, N, 5+C) outputs on the same images, one image at a time.

    Raises MeasurementError where the shapes differ, hold no image, or a value is not finite.
    """
    if outputs.shape != reference.shape or outputs.ndim != 3 or not len(outputs):
        problem = f"cannot be compared with outputs of shape {reference.shape}"
        remedy = "Run both engines on the same images, at least one, at the same imgsz"
        raise MeasurementError(f"outputs of shape {outputs.shape}", problem, remedy)
    result: Agreement | None = None
    for mine, other in zip(outputs, reference, strict=True):
        one = _one_image(mine, other)
        result = one if result is None else result + one
    assert result is not None  # there is at least one image
    return result


def _one_image(output: NDArray[np.float32], reference: NDArray[np.float32]) -> Agreement:
    boxes = np.abs(output[:, :4] - reference[:, :4])
    confidences = np.abs(_confidences(output) - _confidences(reference))
    found = Agreement(
        1,
        float(boxes.mean(dtype=np.float64)),
        float(boxes.max()),
        float(confidences.mean(dtype=np.float64)),
        float(confidences.max()),
    )
    if not np.isfinite((found.box_max_px, found.confidence_max)).all():
        problem = "hold values that are NaN or infinite"
        raise MeasurementError("outputs of the two engines", problem, "Evaluate each to see which")
    return found


def _confidences(output: NDArray[np.float32]) -> NDArray[np.float32]:
    return output[:, 5:] * output[:, 4:5]
