"""The layout of RT-DETR and D-FINE: a set of queries, none of which needs suppression."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.tasks.detection.decoders.base import Candidates, Decoder, Outputs, classes_on
from sdvbench.tasks.detection.decoders.checks import finite
from sdvbench.tensors import Array, TensorSpec

# D-FINE places edges up to 1.5 widths from the centre, beyond the image if need be, so that a
# width may be 3 images; in pixels some value is larger than that in any image.
LARGEST = 4.0


class Detr(Decoder):
    """Two outputs: logits (B, Q, C), whose sigmoids are the scores, and boxes (B, Q, 4), centre x,
    centre y, width, height as fractions of the input.

    ``output_names`` that contain "logits" and "boxes" identify them, else the one whose
    last axis is 4. Every pair of a query and a class is a detection; of these, the best 300 are
    kept, as in RT-DETR's own post-processing, by ``tasks.detection.nms.detections``.
    """

    form = "two outputs, logits (images, queries, classes) and boxes (images, queries, 4)"
    same_rows = False

    @classmethod
    def class_count(cls, outputs: Sequence[TensorSpec]) -> int | None:
        logits = [spec for spec in outputs if "logits" in spec.name.lower()]
        logits = logits or [spec for spec in outputs if spec.shape[-1:] != (4,)]
        return classes_on(2, 0, logits[0]) if len(outputs) == 2 and len(logits) == 1 else None

    def __call__(self, outputs: Outputs) -> list[Candidates]:
        logits, boxes = self._told_apart(outputs)
        if logits.ndim != 3 or boxes.shape != (*logits.shape[:2], 4) or not logits.shape[2]:
            raise self.refused(outputs)
        scores, fractions = _scores(logits), finite(boxes, "the boxes of an image")
        largest = float(fractions.max(initial=0))
        if largest > LARGEST:
            problem = f"are no fractions of the input: one has the value {largest:.4g}"
            remedy = "Export the network without post-processing, which turns them into pixels"
            raise MeasurementError("boxes of the decoder detr", problem, remedy)
        sides = np.array([self.width, self.height] * 2, np.float32)
        return [
            Candidates(each * sides, score, False)
            for each, score in zip(fractions, scores, strict=True)
        ]

    def _told_apart(self, outputs: Outputs) -> tuple[Array, Array]:
        if len(outputs) != 2:
            raise self.refused(outputs)
        names = [name.lower() for name in self.output_names]
        for logits in (0, 1):
            boxes = 1 - logits
            if len(names) == 2 and "logits" in names[logits] and "boxes" in names[boxes]:
                return outputs[logits], outputs[boxes]
        fours = [index for index in (0, 1) if outputs[index].shape[-1:] == (4,)]
        if len(fours) == 2:
            raise MeasurementError(
                f"outputs {', '.join(self.output_names) or 'without names'}",
                "both have a last axis of 4, so either may be the boxes",
                'Name them so that one contains "logits" and the other "boxes"',
            )
        if not fours:
            raise self.refused(outputs)
        return outputs[1 - fours[0]], outputs[fours[0]]


def _scores(logits: Array) -> NDArray[np.float32]:
    values = finite(logits, "the logits of an image")
    if values.size and values.min() >= 0 and values.max() <= 1:
        problem = "are no logits: all of them lie in 0..1, as probabilities do"
        remedy = "Export the network without the sigmoid that follows them"
        raise MeasurementError("logits of the decoder detr", problem, remedy)
    sigmoids: NDArray[np.float32] = np.exp(-np.logaddexp(np.float32(0), -values))
    return sigmoids
