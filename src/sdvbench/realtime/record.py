"""What a stream of frames says, as a run tells it: JSON-able."""

from typing import Any

from sdvbench.gate.stats import share_interval
from sdvbench.realtime.accuracy import Offline, interval, rtia, sap
from sdvbench.realtime.jitter import jitter
from sdvbench.realtime.stream import Stream, listed

KIND = "sdvbench.realtime"
Record = dict[str, Any]


def deadlines(cell: str, imgsz: int, stream: Stream, disturbed: str) -> Record:
    """Misses, jitter and latency. latencies_ms: a value a frame, None where it was dropped."""
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
        "energy_mj_per_frame": None,
        "disturbed": disturbed,
    }


def accuracy(offline: Offline, stream: Stream) -> Record:
    """sAP, RTIA (mAP50-95 both) and their intervals at 95 %; mAP50-95 of results in no hurry."""
    streaming, real_time = sap(offline, stream), rtia(offline, stream)
    return {
        "sap": streaming.map,
        "sap_interval": list(interval(streaming, offline, offline.rate_hz)),
        "rtia": real_time.map,
        "rtia_interval": list(interval(real_time, offline, stream.rate_hz)),
        "offline_map": offline.metrics().map,
    }
