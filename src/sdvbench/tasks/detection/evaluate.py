"""An engine's accuracy on a data set."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.errors import DatasetError, MeasurementError
from sdvbench.image_size import ImageSize, height_width
from sdvbench.tasks.detection.classes import ClassMap, class_map
from sdvbench.tasks.detection.letterbox import Letterbox, letterbox
from sdvbench.tasks.detection.mean_average_precision import mean_average_precision
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tasks.detection.nms import Detections, detections

NO_PIXELS = np.empty((0, 0, 3), np.uint8)
BLOCK = 16  # images, at least, that are read, and looked through for objects, on all cores at once


class InputSpec(Protocol):
    """batch: images a call. imgsz: side of the square input in pixels, or (height, width).

    A ``device``, if there is one, other than "cpu" allows images to be read while the engine works.
    """

    @property
    def batch(self) -> int: ...

    @property
    def imgsz(self) -> ImageSize: ...


class DetectionEngine(Protocol):
    """What can be evaluated: every engine of a workflow, and any function with a ``spec``."""

    @property
    def spec(self) -> InputSpec: ...

    def __call__(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        """(B, 3, H, W) RGB 0..1 -> (B, N, 5+C): xywh in pixels, objectness, class scores.

        A new array each time: outputs of several calls are kept.
        """


@dataclass(frozen=True, eq=False)
class _Block:
    """samples: without pixels. places: their letterboxes. images: (n, 3, H, W), n images of whole
    batches, the last one repeated to fill them.
    """

    samples: Sequence[Sample]
    places: Sequence[Letterbox]
    images: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Seen:
    """samples: without pixels. detections: in each of them, boxes in its pixels. engine_s: seconds
    inside the engine's calls.
    """

    samples: tuple[Sample, ...]
    detections: tuple[Detections, ...]
    engine_s: float


def evaluate(
    engine: DetectionEngine,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    images_limit: int | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Metrics:
    """Detect in every image as YOLOv5's validation does, and score by COCO's evaluator.

    As ``detect``; raises DatasetError also where nothing can be scored.
    """
    if not dataset.labelled:
        problem = "has no labels, so that no accuracy can be measured on it"
        raise DatasetError(dataset.identity, problem, "Give a data set with labels")
    start = time.perf_counter()
    seen = detect(engine, dataset, class_names, images_limit, progress=progress)
    metrics = mean_average_precision(seen.samples, seen.detections, dataset.classes)
    return replace(metrics, engine_s=seen.engine_s, total_s=time.perf_counter() - start)


def detect(
    engine: DetectionEngine,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    images_limit: int | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Seen:
    """Detect in every image as YOLOv5's validation does.

    class_names: the model's (``load_model(...).class_names``), to map its classes to the data
        set's; see ``sdvbench.tasks.detection.classes.class_map`` for None.
    images_limit: only the first so many images. The last batch is filled up with its last image.
    progress: called with the images done and their total, every 16 images or after each batch.

    Raises DatasetError where there is no image or classes do not fit, MeasurementError where
    outputs are not finite or of an unexpected shape.
    """
    count = len(dataset) if images_limit is None else min(images_limit, len(dataset))
    if count < 1:
        problem = f"leaves no image of {len(dataset)} to evaluate"
        raise DatasetError(f"images_limit {images_limit}", problem, "Give at least one image")
    samples: list[Sample] = []
    found: list[Detections] = []
    engine_s = 0.0
    with ThreadPoolExecutor(thread_name_prefix="sdvbench-images") as pool:
        for block in _blocks(dataset, count, engine.spec, pool):
            before = time.perf_counter()
            outputs = [engine(batch) for batch in _batches(block, engine.spec)]
            engine_s += time.perf_counter() - before
            each = _by_image(outputs, engine.spec.batch)
            mapping = class_map(dataset, each[0].shape[1] - 5, class_names)
            found += pool.map(partial(_in_image_pixels, mapping), block.places, each)
            samples += block.samples
            if progress is not None:
                progress(len(samples), count)
    return Seen(tuple(samples), tuple(found), engine_s)


def _blocks(
    dataset: Dataset, count: int, spec: InputSpec, pool: ThreadPoolExecutor
) -> Iterator[_Block]:
    """All images in order; for an engine that leaves the CPU alone, the next ones are read
    meanwhile.

    Reading beside an engine on the CPU was tried: it takes 10 % longer in all, since one busy core
    holds up all of the engine's threads, and it adds that to the engine's own seconds.

    Blocks take turns with as many buffers as are filled at once, so a block's images are gone as
    soon as the next one comes.
    """
    size = -(-BLOCK // spec.batch) * spec.batch
    at_once = 1 if getattr(spec, "device", "cpu") == "cpu" else 2
    buffers = cycle(list(np.empty((at_once, size, 3, *height_width(spec.imgsz)), np.float32)))
    coming: deque[tuple[NDArray[np.float32], Iterator[tuple[Sample, Letterbox]]]] = deque()
    for start in range(0, count, size):
        images = next(buffers)
        indices = range(start, min(start + size, count))
        coming.append((images, pool.map(partial(_read, dataset), indices, images)))
        if len(coming) == at_once:
            yield _block(*coming.popleft(), spec.batch)
    while coming:
        yield _block(*coming.popleft(), spec.batch)


def _read(dataset: Dataset, index: int, out: NDArray[np.float32]) -> tuple[Sample, Letterbox]:
    sample = dataset[index]
    _, place = letterbox(sample.image, out.shape[-2:], out=out)
    return replace(sample, image=NO_PIXELS), place


def _block(
    images: NDArray[np.float32], reading: Iterator[tuple[Sample, Letterbox]], batch: int
) -> _Block:
    samples, places = zip(*reading, strict=True)
    filled = -(-len(samples) // batch) * batch
    images[len(samples) : filled] = images[len(samples) - 1]
    return _Block(samples, places, images[:filled])


def _batches(block: _Block, spec: InputSpec) -> NDArray[np.float32]:
    return block.images.reshape(-1, spec.batch, *block.images.shape[1:])


def _by_image(outputs: Sequence[NDArray[np.float32]], batch: int) -> list[NDArray[np.float32]]:
    for output in outputs:
        if output.ndim != 3 or len(output) != batch:
            problem = f"do not fit a batch of {batch}, (images, boxes, 5 + classes)"
            raise MeasurementError(f"outputs of shape {output.shape}", problem)
    return [image for output in outputs for image in output]


def _in_image_pixels(
    mapping: ClassMap | None, place: Letterbox, output: NDArray[np.float32]
) -> Detections:
    result = detections(output, class_map=mapping)
    return replace(result, boxes=place.boxes_to_image(result.boxes))
