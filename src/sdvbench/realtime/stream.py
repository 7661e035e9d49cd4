"""What became of the frames of a camera: the recorded trace, and what follows from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError

PERCENTILES = (50.0, 90.0, 99.0, 99.9)


@dataclass(frozen=True, eq=False)
class Stream:
    """Frame i was due at i / rate_hz, and its result is due one period later.

    policy: what was done with frames that came while the engine worked, a name in POLICIES.
    starts_s, finishes_s: (frames,) float64, of the engine's call for each frame, in seconds since
        the first frame was due; NaN for frames that were dropped.
    """

    rate_hz: float
    policy: str
    starts_s: NDArray[np.float64]
    finishes_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not self._whole():
            raise MeasurementError(
                f"stream of {len(self.starts_s)} frames at {self.rate_hz:g} Hz",
                "holds no frame, or frames that end before they begin or come",
                "Record it again",
            )

    def _whole(self) -> bool:
        if not self.rate_hz > 0 or self.starts_s.shape != self.finishes_s.shape:
            return False
        processed = ~np.isnan(self.starts_s)
        starts, finishes = self.starts_s[processed], self.finishes_s[processed]
        return bool(
            processed.any()
            and (starts >= self.arrivals_s[processed]).all()
            and (finishes >= starts).all()  # never of NaN
            and (starts[1:] >= finishes[:-1]).all()
            and np.isnan(self.finishes_s[~processed]).all()
        )

    @property
    def frames(self) -> int:
        return len(self.starts_s)

    @property
    def period_s(self) -> float:
        """Seconds between two frames; a result is due so long after its frame."""
        return 1 / self.rate_hz

    @property
    def arrivals_s(self) -> NDArray[np.float64]:
        """(frames,) float64: when each frame was due."""
        return np.arange(len(self.starts_s)) / self.rate_hz

    @property
    def dropped(self) -> NDArray[np.bool_]:
        """(frames,) bool: never processed."""
        return np.isnan(self.finishes_s)

    @property
    def missed(self) -> NDArray[np.bool_]:
        """(frames,) bool: dropped, or with a result later than a period after the frame was due."""
        deadlines_s = np.arange(1, self.frames + 1) / self.rate_hz
        return ~(self.finishes_s <= deadlines_s)

    @property
    def latencies_s(self) -> NDArray[np.float64]:
        """(frames,) float64: from when the frame was due to its result, waiting included; NaN for
        dropped ones.
        """
        return self.finishes_s - self.arrivals_s

    @property
    def services_s(self) -> NDArray[np.float64]:
        """(processed frames,) float64: the engine's calls alone, in order."""
        processed = ~self.dropped
        return self.finishes_s[processed] - self.starts_s[processed]

    def latency_percentiles_ms(self) -> dict[str, float]:
        """Of the frames that were processed, by name: p50, p90, p99, p99.9 (linear interpolation;
        of fewer than 1,000 frames the last is about the longest).
        """
        latencies_ms = 1e3 * self.latencies_s[~self.dropped]
        return {f"p{p:g}": float(np.percentile(latencies_ms, p)) for p in PERCENTILES}


def listed(values: NDArray[np.float64]) -> list[float | None]:
    """As JSON can hold them: None for NaN."""
    return [None if np.isnan(value) else value for value in values.tolist()]
