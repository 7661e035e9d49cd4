"""YOLOv8's layout, and that of YOLO11 and of YOLO26 without its end-to-end head."""

from collections.abc import Sequence

from sdvbench.tasks.detection.decoders.base import Candidates, Decoder, Outputs, classes_on
from sdvbench.tasks.detection.decoders.checks import check_scores, finite
from sdvbench.tensors import TensorSpec

REMEDY = (
    "Export the network with its sigmoids and with one column a box. Outputs (images, boxes, "
    "5 + classes) are for the decoder yolov5, (images, boxes, 6) after suppression for nms"
)


class Yolov8(Decoder):
    """One output (B, 4+C, N): centre x, centre y, width, height in pixels, and class scores, each
    a row over all boxes; there is no objectness.
    """

    form = "one output (images, 4 + classes, boxes)"
    same_rows = True

    @classmethod
    def class_count(cls, outputs: Sequence[TensorSpec]) -> int | None:
        return classes_on(1, 4, outputs[0]) if len(outputs) == 1 else None

    def __call__(self, outputs: Outputs) -> list[Candidates]:
        if len(outputs) != 1 or outputs[0].ndim != 3 or outputs[0].shape[1] < 5:
            raise self.refused(outputs)
        columns = finite(outputs[0], "the output for an image")
        check_scores(columns[:, 4:], "class scores", REMEDY)
        return [Candidates(column[:4].T, column[4:].T, True) for column in columns]
