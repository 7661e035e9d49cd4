"""What a stream of frames says, as a run tells it and JSON holds it."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from sdvbench.gate.stats import share_interval
from sdvbench.gate.verdict import Status
from sdvbench.realtime.camera import replay
from sdvbench.realtime.jitter import Jitter, jitter
from sdvbench.realtime.stream import Stream, listed
from sdvbench.typed_json import AtLeastOne, Count, ImageSize, Positive

KIND = "sdvbench.realtime"
Interval = tuple[float, float]


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Misses, jitter and latency of one cell behind a camera.

    miss_rate: with its interval at 95 %. latency_ms: percentiles, "p50" and so on.
    latencies_ms: a value a frame, None where it was dropped. services_ms: what the engine's calls
    took, in order, to the microsecond.
    energy_mj_per_frame, disturbed: as in ``Drive``.
    status, reason: the verdict, of what was filmed.
    replayed_from_hz and what follows: of what was replayed. sap, rtia, offline_map: ``figure``, the
    last of results in no hurry; the intervals are at 95 %. truth: "exact" or "pseudo". figure: what
    the task scores by; the oldest files are of detection.
    """

    cell: str
    imgsz: ImageSize
    rate_hz: Positive
    policy: str
    frames: AtLeastOne
    deadline_ms: Positive
    misses: Count
    miss_rate: tuple[float, float, float]
    jitter: Jitter
    latency_ms: Mapping[str, float]
    dropped: Count
    latencies_ms: Sequence[float | None]
    services_ms: Sequence[float] = ()  # which the oldest files have not
    energy_mj_per_frame: float | None
    disturbed: str
    status: Status | None = None
    reason: str | None = None
    sap: float | None = None
    sap_interval: Interval | None = None
    rtia: float | None = None
    rtia_interval: Interval | None = None
    offline_map: float | None = None
    replayed_from_hz: Positive | None = None
    sequence: str | None = None
    truth: str | None = None
    figure: str = "mAP50-95"


def deadlines(
    cell: str,
    imgsz: int | str,
    stream: Stream,
    disturbed: str,
    energy_mj_per_frame: float | None = None,
) -> Record:
    """Of a stream without scores and verdict."""
    misses = int(stream.missed.sum())
    return Record(
        cell=cell,
        imgsz=imgsz,
        rate_hz=stream.rate_hz,
        policy=stream.policy,
        frames=stream.frames,
        deadline_ms=1e3 * stream.period_s,
        misses=misses,
        miss_rate=(misses / stream.frames, *share_interval(misses, stream.frames)),
        jitter=jitter(stream),
        latency_ms=stream.latency_percentiles_ms(),
        dropped=int(stream.dropped.sum()),
        latencies_ms=listed(1e3 * stream.latencies_s),
        services_ms=np.round(1e3 * stream.services_s, 3).tolist(),
        energy_mj_per_frame=energy_mj_per_frame,
        disturbed=disturbed,
    )


def replayed(record: Record, rate_hz: float, frames: int, policy: str) -> Stream:
    """The calls of ``record`` behind a camera, as ``replay``. With the rate, frames and policy of a
    record that was replayed itself, its very stream, also after it has been in a file.
    """
    return replay([ms / 1e3 for ms in record.services_ms], rate_hz, frames, policy)
