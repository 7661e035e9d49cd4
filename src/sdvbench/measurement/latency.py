"""Latency: an engine's calls timed one by one, alone or in turn with another engine's."""

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from time import perf_counter

import numpy as np

from sdvbench.errors import MeasurementError
from sdvbench.measurement.contention import watched
from sdvbench.measurement.trace import PairedTrace, Trace
from sdvbench.workflows.base import Engine, Images

WARMUP_CALLS = 5


def measure(engine: Engine, images: Images, rounds: int = 200, warmup: int = WARMUP_CALLS) -> Trace:
    """Time ``rounds`` calls of ``engine``, host array to host array.

    images: float32 (N, 3, H, W), N a multiple of the engine's batch; the batches are taken in turn.
    warmup: calls before, not timed. Garbage collection is off while timing.
    """
    batches = in_batches(engine, images)
    for batch in islice(cycle(batches), warmup):
        engine(batch)
    seconds = np.empty(rounds)
    with no_garbage_collection():
        for index, batch in enumerate(islice(cycle(batches), rounds)):
            start = perf_counter()
            engine(batch)
            seconds[index] = perf_counter() - start
    return Trace(seconds, engine.spec.batch)


def measure_pair(
    candidate: Engine,
    reference: Engine,
    images: Images,
    rounds: int = 50,
    warmup: int = WARMUP_CALLS,
    seed: int = 0,
) -> PairedTrace:
    """Time both engines in every round, in an order drawn anew, on the same images.

    Whatever slows the machine for longer than a round slows both arms, and drops out of their
    ratio. Both engines must have the same input shape.
    """
    if candidate.spec.shape != reference.spec.shape:
        raise MeasurementError(
            f"pair of engines for {candidate.spec.shape} and {reference.spec.shape}",
            "cannot be run on the same images",
            "Build both with the same imgsz and batch",
        )
    batches = in_batches(candidate, images)
    for batch in islice(cycle(batches), warmup):
        candidate(batch)
        reference(batch)
    order = random.Random(seed)
    seconds = np.empty((2, rounds))
    arms: list[tuple[int, Callable[[Images], object]]] = [(0, candidate), (1, reference)]
    with watched() as contention, no_garbage_collection():
        for index, batch in enumerate(islice(cycle(batches), rounds)):
            for row, engine in order.sample(arms, 2):
                start = perf_counter()
                engine(batch)
                seconds[row, index] = perf_counter() - start
    size = candidate.spec.batch
    return PairedTrace(Trace(seconds[0], size), Trace(seconds[1], size), contention.cores)


def in_batches(engine: Engine, images: Images) -> Images:
    """(N, 3, H, W) -> (N / batch, batch, 3, H, W), a view."""
    batch = engine.spec.batch
    if not len(images) or len(images) % batch:
        raise MeasurementError(
            f"{len(images)} images", f"do not fill batches of {batch}", "Pass a multiple of it"
        )
    return images.reshape(-1, batch, *images.shape[1:])


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Keep collection pauses out of a timed block."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
