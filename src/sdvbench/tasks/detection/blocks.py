"""A data set's images, letterboxed, in blocks that fill batches."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.base import Dataset, DetectionSample, checked
from sdvbench.tasks.detection.letterbox import Letterbox, letterbox

NO_PIXELS = np.empty((0, 0, 3), np.uint8)
BLOCK = 16  # images, at least, that are read, and looked through for objects, on all cores at once


class InputSpec(Protocol):
    """shape: (B, 3, H, W) of the input: images a call, colours, height and width in pixels.

    A ``device``, if there is one, other than "cpu" allows images to be read while the engine works.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, eq=False)
class Block:
    """samples: without pixels. places: their letterboxes. images: (n, 3, H, W), n images of whole
    batches, the last one repeated to fill them.
    """

    samples: Sequence[DetectionSample]
    places: Sequence[Letterbox]
    images: NDArray[np.float32]

    def batches(self, batch: int) -> NDArray[np.float32]:
        """(calls, batch, 3, H, W), a view."""
        return self.images.reshape(-1, batch, *self.images.shape[1:])


def blocks(
    dataset: Dataset, count: int, spec: InputSpec, pool: ThreadPoolExecutor
) -> Iterator[Block]:
    """All images in order; for an engine that leaves the CPU alone, the next ones are read
    meanwhile.

    Reading beside an engine on the CPU was tried: it takes 10 % longer in all, since one busy core
    holds up all of the engine's threads, and it adds that to the engine's own seconds.

    Blocks take turns with as many buffers as are filled at once, so a block's images are gone as
    soon as the next one comes.
    """
    batch = spec.shape[0]
    size = -(-BLOCK // batch) * batch
    at_once = 1 if getattr(spec, "device", "cpu") == "cpu" else 2
    buffers = cycle(list(np.empty((at_once, size, *spec.shape[1:]), np.float32)))
    coming: deque[tuple[NDArray[np.float32], Iterator[tuple[DetectionSample, Letterbox]]]] = deque()
    for start in range(0, count, size):
        images = next(buffers)
        indices = range(start, min(start + size, count))
        coming.append((images, pool.map(partial(_read, dataset), indices, images)))
        if len(coming) == at_once:
            yield _block(*coming.popleft(), batch)
    while coming:
        yield _block(*coming.popleft(), batch)


def _read(
    dataset: Dataset, index: int, out: NDArray[np.float32]
) -> tuple[DetectionSample, Letterbox]:
    sample = checked(dataset[index], DetectionSample)
    _, place = letterbox(sample.image, out.shape[-2:], out=out)
    return replace(sample, image=NO_PIXELS), place


def _block(
    images: NDArray[np.float32], reading: Iterator[tuple[DetectionSample, Letterbox]], batch: int
) -> Block:
    samples, places = zip(*reading, strict=True)
    filled = -(-len(samples) // batch) * batch
    images[len(samples) : filled] = images[len(samples) - 1]
    return Block(samples, places, images[:filled])
