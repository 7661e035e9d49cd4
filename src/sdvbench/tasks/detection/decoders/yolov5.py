"""YOLOv5's layout, and that of YOLOv7 and of others with objectness."""

from collections.abc import Sequence

from sdvbench.tasks.detection.decoders.base import Candidates, Decoder, Outputs, classes_on
from sdvbench.tasks.detection.decoders.checks import check_scores, finite
from sdvbench.tensors import TensorSpec

REMEDY = (
    "Export the network with its sigmoids and with one row a box, or choose the decoder of its "
    "layout: without objectness that is yolov8"
)


class Yolov5(Decoder):
    """One output (B, N, 5+C): centre x, centre y, width, height in pixels, objectness, and class
    scores; a candidate's score is objectness times class score.
    """

    form = "one output (images, boxes, 5 + classes)"
    same_rows = True

    @classmethod
    def class_count(cls, outputs: Sequence[TensorSpec]) -> int | None:
        return classes_on(2, 5, outputs[0]) if len(outputs) == 1 else None

    def __call__(self, outputs: Outputs) -> list[Candidates]:
        if len(outputs) != 1 or outputs[0].ndim != 3 or outputs[0].shape[2] < 6:
            raise self.refused(outputs)
        rows = finite(outputs[0], "the output for an image")
        check_scores(rows[..., 4:], "objectness and class scores", REMEDY)
        return [Candidates(row[:, :4], row[:, 5:] * row[:, 4:5], True) for row in rows]
