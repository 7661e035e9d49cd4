"""How unevenly results come."""

from dataclasses import dataclass

import numpy as np

from sdvbench.errors import MeasurementError
from sdvbench.realtime.stream import Stream

GAIN = 1 / 16  # RFC 3550's


@dataclass(frozen=True)
class Jitter:
    """In milliseconds.

    period_min_ms, period_mean_ms, period_max_ms: between one result and the next. Dropped frames
        leave gaps: with one in two dropped, two periods lie between results.
    rfc3550_ms: the smoothed change of latency from one result to the next, after the last one:
        J += (abs(D) - J) / 16. Source: RFC 3550, section 6.4.1, "interarrival jitter", with the
        time that a frame was due as its timestamp.
    p99_minus_p50_ms: of latencies.
    """

    period_min_ms: float
    period_mean_ms: float
    period_max_ms: float
    rfc3550_ms: float
    p99_minus_p50_ms: float


def jitter(stream: Stream) -> Jitter:
    """Of the results in ``stream``. Raises MeasurementError where there are fewer than two."""
    processed = ~stream.dropped
    if processed.sum() < 2:
        remedy = "Film more frames (--sdv-frames), or replay a longer sequence or a higher rate"
        raise MeasurementError(f"{processed.sum()} results", "have no jitter", remedy)
    periods_ms = 1e3 * np.diff(stream.finishes_s[processed])
    latencies_ms = 1e3 * stream.latencies_s[processed]
    smoothed = 0.0
    for change in np.abs(np.diff(latencies_ms)).tolist():
        smoothed += GAIN * (change - smoothed)
    p50, p99 = np.percentile(latencies_ms, (50, 99))
    return Jitter(
        float(periods_ms.min()),
        float(periods_ms.mean()),
        float(periods_ms.max()),
        smoothed,
        float(p99 - p50),
    )
