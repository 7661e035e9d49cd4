"""Raw seconds of engine calls; every statistic is derived from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError


@dataclass(frozen=True)
class Trace:
    """seconds: (n,) float64, one entry a call, in order. batch: images a call."""

    seconds: NDArray[np.float64]
    batch: int = 1

    def __post_init__(self) -> None:
        if not len(self.seconds) or not np.isfinite(self.seconds).all() or min(self.seconds) <= 0:
            raise MeasurementError(
                f"trace of {len(self.seconds)} calls",
                "is empty or holds times that are not positive numbers",
                "Measure again",
            )

    @property
    def median(self) -> float:
        """Seconds a call."""
        return float(np.median(self.seconds))

    def percentile(self, percent: float) -> float:
        """Seconds below which ``percent`` of the calls stayed (linear interpolation)."""
        return float(np.percentile(self.seconds, percent))

    @property
    def images_per_second(self) -> float:
        """Images over the time that all calls took together: stalls count."""
        return float(self.batch * len(self.seconds) / self.seconds.sum())
