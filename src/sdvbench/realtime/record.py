"""What a stream of frames says, as a run tells it: JSON-able."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sdvbench.gate.stats import share_interval
from sdvbench.realtime.accuracy import Offline, interval, rtia, sap
from sdvbench.realtime.camera import replay
from sdvbench.realtime.jitter import jitter
from sdvbench.realtime.stream import Stream, listed

KIND = "sdvbench.realtime"
Record = dict[str, Any]


def deadlines(cell: str, imgsz: int | str, stream: Stream, disturbed: str) -> Record:
    """Misses, jitter and latency.

    latencies_ms: a value a frame, None where it was dropped. services_ms: what the engine's calls
    took, in order, to the microsecond.
    """
    misses = int(stream.missed.sum())
    return {
        "cell": cell,
        "imgsz": imgsz,
        "rate_hz": stream.rate_hz,
        "policy": stream.policy,
        "frames": stream.frames,
        "deadline_ms": 1e3 * stream.period_s,
        "misses": misses,
        "miss_rate": [misses / stream.frames, *share_interval(misses, stream.frames)],
        "jitter": jitter(stream).as_dict(),
        "latency_ms": stream.latency_percentiles_ms(),
        "dropped": int(stream.dropped.sum()),
        "latencies_ms": listed(1e3 * stream.latencies_s),
        "services_ms": np.round(1e3 * stream.services_s, 3).tolist(),
        "energy_mj_per_frame": None,
        "disturbed": disturbed,
    }


def replayed(record: Mapping[str, Any], rate_hz: float, frames: int, policy: str) -> Stream:
    """The calls of ``record`` behind a camera, as ``replay``. With the rate, frames and policy of a
    record that was replayed itself, its very stream, also after it has been in a file.
    """
    return replay([ms / 1e3 for ms in record["services_ms"]], rate_hz, frames, policy)


def accuracy(offline: Offline, stream: Stream) -> Record:
    """sAP, RTIA and their intervals at 95 %, and the score of results in no hurry: the value of the
    task's score, all three.
    """
    streaming, real_time = sap(offline, stream), rtia(offline, stream)
    return {
        "sap": streaming.value,
        "sap_interval": list(interval(streaming, offline, offline.rate_hz)),
        "rtia": real_time.value,
        "rtia_interval": list(interval(real_time, offline, stream.rate_hz)),
        "offline_map": offline.scored.value,
    }
