"""`detection`: boxes with classes, found in images, scored by mAP."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.errors import OptionError
from sdvbench.tasks.base import Agreement, CallOutputs, SameOutputsError, Task
from sdvbench.tasks.detection.agreement import Agreement as Differences
from sdvbench.tasks.detection.agreement import agreement
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.decoders.base import Decoder, by_image
from sdvbench.tasks.detection.evaluate import detect, evaluate
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.streaming import DetectionResults
from sdvbench.tasks.images import CODE, letterboxed
from sdvbench.tensors import Inputs, TensorSpec
from sdvbench.workflows.base import Engine

if TYPE_CHECKING:
    from sdvbench.models.base import Network
    from sdvbench.tasks.training import TaskTraining

SHOWN = 3  # class names


class Detection(Task):
    """The one input is an image, letterboxed."""

    metric = "agreement"
    scored = True
    streamed = True
    figure = "mAP"
    code = CODE
    enable = (
        "pytest accuracy, with no model and no data named, or with --sdv-model yolov5n "
        "--sdv-weights yolov5n.pt --sdv-data coco:FOLDER"
    )

    def takes_images(self, inputs: Sequence[TensorSpec]) -> bool:
        return True

    def check(self, network: "Network", outputs: Sequence[TensorSpec]) -> None:
        names, layout = network.class_names, network.layout
        count = DECODERS[layout].class_count(outputs)
        if names and count is not None and len(names) != count:
            first = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
            shapes = ", ".join(map(str, outputs))
            raise OptionError(
                f"model {network.name}",
                f"has {len(names)} class names ({first}), and by its layout, {layout}, outputs "
                f"{shapes} are of {count} classes",
                "Give the names of all classes with names=FILE, or another layout",
            )

    def call(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        samples: Sequence[Sample],
        seed: int,
    ) -> Inputs:
        return (letterboxed(inputs[0], samples),)

    def agreement(
        self,
        network: "Network",
        inputs: tuple[TensorSpec, ...],
        outputs: Sequence[CallOutputs],
        reference: Sequence[CallOutputs],
        samples: int | None,
    ) -> Agreement:
        names = network.class_names
        height, width = inputs[0].sizes[-2:]
        decoder: Decoder = DECODERS[network.layout](
            height, width, network.outputs, len(names) if names else None
        )
        error = _added_up(outputs, reference, decoder)
        images = [image for call in reference for image in by_image(call, len(call[0]))][:samples]
        spread = _added_up(images[-1:] + images[:-1], images, decoder)
        if not (spread.box_mean_px and spread.confidence_mean):
            raise SameOutputsError("outputs of the reference", "are the same for all images")
        errors = {
            "box_error": error.box_mean_px / spread.box_mean_px,
            "confidence_error": error.confidence_mean / spread.confidence_mean,
        }
        return Agreement(errors, {"box_px": error.box_mean_px, "confidence": error.confidence_mean})

    def score(
        self,
        network: "Network",
        engine: Engine,
        dataset: Dataset,
        class_names: Sequence[str] | None,
        progress: Callable[[int, int], None],
    ) -> Metrics:
        return evaluate(
            engine,
            dataset,
            class_names,
            decoder=network.layout,
            output_names=network.outputs,
            progress=progress,
        )

    def results(
        self,
        network: "Network",
        engine: Engine,
        sequence: Dataset,
        class_names: Sequence[str] | None,
        progress: Callable[[int, int], None],
    ) -> DetectionResults:
        seen = detect(
            engine,
            sequence,
            class_names,
            decoder=network.layout,
            output_names=network.outputs,
            progress=progress,
        )
        return DetectionResults(seen.samples, seen.detections, sequence.classes)

    def training(self) -> "TaskTraining":
        from sdvbench.tasks.detection.training.options import DetectionTraining

        return DetectionTraining()


def _added_up(
    calls: Sequence[CallOutputs], reference: Sequence[CallOutputs], decoder: Decoder
) -> Differences:
    """Of all calls; each may put out another number of rows, so they do not fit into one array."""
    pairs = zip(calls, reference, strict=True)
    return reduce(add, (agreement(one, other, decoder) for one, other in pairs))
