"""Latency: an engine's calls timed one by one, alone or in turn with other engines'."""

from collections.abc import Sequence
from itertools import cycle, islice
from time import perf_counter

import numpy as np

from sdvbench.errors import MeasurementError
from sdvbench.garbage_collection import no_garbage_collection
from sdvbench.measurement.interleaved import Call, Interleaved
from sdvbench.measurement.trace import Trace
from sdvbench.tensors import Calls, Inputs
from sdvbench.workflows.base import Engine

WARMUP_CALLS = 5
BLOCK_S = 0.15  # back-to-back calls that make up one round of a throughput measurement


def measure(engine: Engine, images: Calls, rounds: int = 200, warmup: int = WARMUP_CALLS) -> Trace:
    """Time ``rounds`` calls of ``engine``, host arrays to host arrays.

    images: float32 (N, 3, H, W), N a multiple of the engine's batch, or a list of tuples, the
        inputs of a call each; they are taken in turn.
    warmup: calls before, not timed. Garbage collection is off while timing.
    """
    batches = in_batches(engine, images)
    for batch in islice(cycle(batches), warmup):
        engine(*batch)
    seconds = np.empty(rounds)
    with no_garbage_collection():
        for index, batch in enumerate(islice(cycle(batches), rounds)):
            start = perf_counter()
            engine(*batch)
            seconds[index] = perf_counter() - start
    return Trace(seconds, engine.spec.batch)


def interleaved(
    engines: Sequence[Engine], images: Calls, seed: int = 0, count: int = 1
) -> Interleaved:
    """Engines to be timed in turn, ``count`` calls a round, all on the same inputs.

    Raises MeasurementError where their input shapes differ.
    """
    inputs = dict.fromkeys(engine.spec.inputs_text for engine in engines)
    if len(inputs) > 1:
        raise MeasurementError(
            f"engines for {' and '.join(inputs)}",
            "cannot be run on the same inputs",
            "Build them with the same imgsz and batch",
        )
    device = engines[0].spec.device
    return Interleaved([calls(engine, images, count) for engine in engines], seed, device)


def calls(engine: Engine, images: Calls, count: int = 1) -> Call:
    """A round: ``count`` calls in a row, on batches taken in turn."""
    batches = in_batches(engine, images)

    def call(index: int) -> None:
        for step in range(count):
            engine(*batches[(index + step) % len(batches)])

    return call


def calls_in(seconds: float, engine: Engine, images: Calls) -> int:
    """How many calls in a row take about so long, one at the least."""
    return max(1, round(seconds / measure(engine, images, rounds=1, warmup=1).median))


def in_batches(engine: Engine, images: Calls) -> Sequence[Inputs]:
    """The inputs of one call after another; of images, views of (N, 3, H, W)."""
    if not isinstance(images, np.ndarray):
        return images
    batch = engine.spec.batch
    if not len(images) or len(images) % batch:
        raise MeasurementError(
            f"{len(images)} images", f"do not fill batches of {batch}", "Pass a multiple of it"
        )
    return [(one,) for one in images.reshape(-1, batch, *images.shape[1:])]
