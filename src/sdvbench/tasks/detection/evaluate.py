"""An engine's accuracy on a data set."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DetectionSample
from sdvbench.errors import DatasetError, MeasurementError
from sdvbench.tasks.detection.blocks import InputSpec, blocks
from sdvbench.tasks.detection.classes import class_map
from sdvbench.tasks.detection.decoders import DECODERS
from sdvbench.tasks.detection.decoders.base import Decoder, Outputs, as_outputs, by_image
from sdvbench.tasks.detection.letterbox import Letterbox
from sdvbench.tasks.detection.mean_average_precision import mean_average_precision
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.nms import Detections, detections
from sdvbench.tensors import Array

# Boxes in pixels reach further as soon as anything is found that is not a speck in the corner.
FRACTIONS_PX = 2.0


class DetectionEngine(Protocol):
    """What can be evaluated: every engine of a workflow, and any function with a ``spec``."""

    @property
    def spec(self) -> InputSpec: ...

    def __call__(self, images: NDArray[np.float32], /) -> Array | Outputs:
        """(B, 3, H, W) RGB 0..1 -> an array where the network has one output, else a tuple.

        New arrays each time: outputs of several calls are kept.
        """


@dataclass(frozen=True, eq=False)
class Seen:
    """samples: without pixels. detections: in each of them, boxes in its pixels. engine_s: seconds
    inside the engine's calls.
    """

    samples: tuple[DetectionSample, ...]
    detections: tuple[Detections, ...]
    engine_s: float


def evaluate(
    engine: DetectionEngine,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    images_limit: int | None = None,
    *,
    decoder: str = "yolov5",
    output_names: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Metrics:
    """Detect in every image, and score by COCO's evaluator.

    As ``detect``; raises DatasetError also where nothing can be scored.
    """
    dataset.check_labelled_for("detection")
    start = time.perf_counter()
    seen = detect(
        engine,
        dataset,
        class_names,
        images_limit,
        decoder=decoder,
        output_names=output_names,
        progress=progress,
    )
    metrics = mean_average_precision(seen.samples, seen.detections, dataset.classes)
    return replace(metrics, engine_s=seen.engine_s, total_s=time.perf_counter() - start)


def detect(
    engine: DetectionEngine,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    images_limit: int | None = None,
    *,
    decoder: str = "yolov5",
    output_names: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Seen:
    """Detect in every image as YOLOv5's validation does, or, with a network whose detections need
    no suppression, take all of them, at most 300 an image.

    class_names: the model's (``load_model(...).class_names``), to map its classes to the data
        set's; see ``sdvbench.tasks.detection.classes.class_map`` for None. The decoder "nms" needs
        them.
    images_limit: only the first so many images. The last batch is filled up with its last image.
    decoder: the layout of the engine's outputs, a name in ``DECODERS``. output_names: in the order
        of the outputs, where they are known; they identify those of "detr" and "nms".
    progress: called with the images done and their total, every 16 images or after each batch.

    Raises DatasetError where there is no image or classes do not fit, MeasurementError where
    outputs are not in the decoder's layout, OptionError for a decoder that is not known.
    """
    count = len(dataset) if images_limit is None else min(images_limit, len(dataset))
    if count < 1:
        problem = f"leaves no image of {len(dataset)} to evaluate"
        raise DatasetError(f"images_limit {images_limit}", problem, "Give at least one image")
    batch, _, *size = engine.spec.shape
    classes = None if class_names is None else len(class_names)
    decode: Decoder = DECODERS[decoder](*size, tuple(output_names), classes)
    find = partial(_find, decode, dataset, class_names)
    samples: list[DetectionSample] = []
    found: list[Detections] = []
    engine_s = reach_px = 0.0
    with ThreadPoolExecutor(thread_name_prefix="sdvbench-images") as pool:
        for block in blocks(dataset, count, engine.spec, pool):
            before = time.perf_counter()
            returned = [engine(images) for images in block.batches(batch)]
            engine_s += time.perf_counter() - before
            each = [one for outputs in returned for one in by_image(as_outputs(outputs), batch)]
            # A last batch that was filled up holds more images than the block has samples.
            inside = list(pool.map(find, each[: len(block.samples)]))
            reach_px = max([reach_px, *(float(d.boxes.max(initial=0)) for d in inside)])
            if 0 < reach_px <= FRACTIONS_PX:
                raise _fractions(decoder, reach_px)
            found += map(_in_image_pixels, block.places, inside)
            samples += block.samples
            if progress is not None:
                progress(len(samples), count)
    return Seen(tuple(samples), tuple(found), engine_s)


def _find(
    decode: Decoder, dataset: Dataset, class_names: Sequence[str] | None, outputs: Outputs
) -> Detections:
    """What is detected in one image, in pixels of the input."""
    (candidates,) = decode(outputs)
    mapping = class_map(dataset, candidates.scores.shape[1], class_names)
    return detections(candidates, class_map=mapping)


def _in_image_pixels(place: Letterbox, inside: Detections) -> Detections:
    return replace(inside, boxes=place.boxes_to_image(inside.boxes))


def _fractions(decoder: str, reach_px: float) -> MeasurementError:
    return MeasurementError(
        f"boxes of the decoder {decoder}",
        f"all lie within {reach_px:.2g} pixels of the input's corner, as fractions of it would",
        "Export the network with boxes in pixels of its input",
    )
