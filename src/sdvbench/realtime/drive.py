"""An engine behind a camera, and what else happened meanwhile."""

from dataclasses import dataclass

import numpy as np

from sdvbench.errors import MeasurementError
from sdvbench.measurement.contention import Watch, disturbance
from sdvbench.measurement.gpu_watch import GpuWatch
from sdvbench.measurement.latency import WARMUP_CALLS, in_batches
from sdvbench.measurement.rapl import RaplWatch
from sdvbench.realtime.camera import film
from sdvbench.realtime.stream import Stream
from sdvbench.tensors import Calls
from sdvbench.workflows.base import Engine


@dataclass(frozen=True, eq=False)
class Drive:
    """disturbed: who used the processors or the GPU meanwhile, else empty: neighbours are part of
    real time, so it is told and spoils nothing.
    energy_mj_per_frame: in millijoules, of the whole GPU or all processors, idle time between
        frames included, over the frames that were processed; None where hardware tells nothing.
    """

    stream: Stream
    disturbed: str
    energy_mj_per_frame: float | None


def drive(engine: Engine, images: Calls, rate_hz: float, frames: int, policy: str) -> Drive:
    """``engine`` behind a camera that shows ``images`` in turn, warmed up before.

    images: float32 (N, 3, H, W), as the engine takes them: neither reading a frame nor looking
        through outputs for objects is in the latencies, as it is in no other latency here.
    Raises MeasurementError for an engine that takes several images a call: a camera gives one.
    """
    if engine.spec.batch != 1:
        remedy = "Take one with --sdv-batch 1"
        raise MeasurementError(f"an engine of batch {engine.spec.batch}", "fits no camera", remedy)
    batches = in_batches(engine, images)
    for index in range(WARMUP_CALLS):
        engine(*batches[index % len(batches)])
    gpu, processors, others = GpuWatch(engine.spec.device), RaplWatch(), Watch()
    stream = film(lambda index: engine(*batches[index % len(batches)]), rate_hz, frames, policy)
    others_s, energy_j, record = others.others_s(), processors.energy_j(), gpu.record()
    found = disturbance(others_s / float(np.nanmax(stream.finishes_s)))
    if record is not None:
        energy_j, found = record.energy_j, record.disturbance or found
    processed = int((~stream.dropped).sum())
    return Drive(stream, found, None if energy_j is None else 1e3 * energy_j / processed)
