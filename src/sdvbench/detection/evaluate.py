"""An engine's accuracy on a data set."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.detection.classes import class_map
from sdvbench.detection.letterbox import Letterbox, letterbox
from sdvbench.detection.mean_average_precision import mean_average_precision
from sdvbench.detection.metrics import Metrics
from sdvbench.detection.nms import Detections, detections
from sdvbench.errors import DatasetError, MeasurementError

NO_PIXELS = np.empty((0, 0, 3), np.uint8)


class InputSpec(Protocol):
    """batch: images a call. imgsz: side of the square input in pixels.

    A ``device``, if there is one, other than "cpu" allows images to be read while the engine works.
    """

    @property
    def batch(self) -> int: ...

    @property
    def imgsz(self) -> int: ...


class DetectionEngine(Protocol):
    """What can be evaluated: every engine of a workflow, and any function with a ``spec``."""

    @property
    def spec(self) -> InputSpec: ...

    def __call__(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        """(B, 3, S, S) RGB 0..1 -> (B, N, 5+C): xywh in pixels, objectness, class scores."""


@dataclass(frozen=True, eq=False)
class _Batch:
    """samples: without pixels. places: their letterboxes. images: (B, 3, S, S), padded to B."""

    samples: list[Sample]
    places: list[Letterbox]
    images: NDArray[np.float32]


def evaluate(
    engine: DetectionEngine,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    images_limit: int | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Metrics:
    """Detect in every image as YOLOv5's validation does, and score by COCO's evaluator.

    class_names: the model's (``load_model(...).class_names``), to map its classes to the data
        set's; see ``sdvbench.detection.classes.class_map`` for None.
    images_limit: only the first so many images. The last batch is filled up with its last image.
    progress: called with the images done and their total after each batch.

    Raises DatasetError where nothing can be scored or classes do not fit, MeasurementError where
    outputs are not finite or of an unexpected shape.
    """
    start = time.perf_counter()
    count = len(dataset) if images_limit is None else min(images_limit, len(dataset))
    if count < 1:
        problem = f"leaves no image of {len(dataset)} to evaluate"
        raise DatasetError(f"images_limit {images_limit}", problem, "Give at least one image")
    samples: list[Sample] = []
    found: list[Detections] = []
    engine_s = 0.0
    for batch in _batches(dataset, count, engine.spec):
        before = time.perf_counter()
        outputs = engine(batch.images)
        engine_s += time.perf_counter() - before
        found += _in_image_pixels(outputs, batch, dataset, class_names)
        samples += batch.samples
        if progress is not None:
            progress(len(samples), count)
    metrics = mean_average_precision(samples, found, dataset.classes)
    return replace(metrics, engine_s=engine_s, total_s=time.perf_counter() - start)


def _batches(dataset: Dataset, count: int, spec: InputSpec) -> Iterator[_Batch]:
    """Batches in order; for an engine that leaves the CPU alone, the next one is read meanwhile.

    Reading beside an engine on the CPU was tried: it takes 10 % longer in all, since one busy core
    holds up all of the engine's threads, and it adds that to the engine's own seconds.

    Batches take turns with two buffers, so a batch's images are gone two batches later.
    """
    shape = (spec.batch, 3, spec.imgsz, spec.imgsz)
    buffers = cycle([np.empty(shape, np.float32), np.empty(shape, np.float32)])
    parts = (range(i, min(i + spec.batch, count)) for i in range(0, count, spec.batch))
    if getattr(spec, "device", "cpu") == "cpu":
        yield from (_read(dataset, part, next(buffers)) for part in parts)
        return
    with ThreadPoolExecutor(1, "sdvbench-images") as reader:
        coming = reader.submit(_read, dataset, next(parts), next(buffers))
        for following in parts:
            batch = coming.result()
            coming = reader.submit(_read, dataset, following, next(buffers))
            yield batch
        yield coming.result()


def _read(dataset: Dataset, indices: range, images: NDArray[np.float32]) -> _Batch:
    samples, places = [], []
    for index, image in zip(indices, images, strict=False):
        sample = dataset[index]
        _, place = letterbox(sample.image, images.shape[-1], out=image)
        places.append(place)
        samples.append(replace(sample, image=NO_PIXELS))
    images[len(indices) :] = images[len(indices) - 1]
    return _Batch(samples, places, images)


def _in_image_pixels(
    outputs: NDArray[np.float32],
    batch: _Batch,
    dataset: Dataset,
    class_names: Sequence[str] | None,
) -> Iterator[Detections]:
    if outputs.ndim != 3 or len(outputs) != len(batch.images):
        problem = f"do not fit a batch of {len(batch.images)}, (images, boxes, 5 + classes)"
        raise MeasurementError(f"outputs of shape {outputs.shape}", problem)
    mapping = class_map(dataset, outputs.shape[2] - 5, class_names)
    for place, output in zip(batch.places, outputs, strict=False):  # the last batch is filled up
        result = detections(output, class_map=mapping)
        yield replace(result, boxes=place.boxes_to_image(result.boxes))
