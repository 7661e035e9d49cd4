"""Raw seconds of engine calls; every statistic is derived from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.measurement.hardware import available_cores

# Neighbours slow engines unequally: on two cores, one busy process moved the ratio of an eager
# PyTorch engine to an ONNX Runtime engine by a factor of two.
TOLERATED_SHARE = 0.075  # of all cores that may be used


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


@dataclass(frozen=True)
class PairedTrace:
    """Two engines called in turn: entry i of both arms was measured in the same round.

    others_cores: processor time that other processes used meanwhile, in cores.
    """

    candidate: Trace
    reference: Trace
    others_cores: float = 0.0

    def __post_init__(self) -> None:
        if len(self.candidate.seconds) != len(self.reference.seconds):
            raise MeasurementError(
                f"pair of {len(self.candidate.seconds)} and {len(self.reference.seconds)} calls",
                "has arms of different length",
                "Measure both arms in every round",
            )

    @property
    def disturbed(self) -> str:
        """Why the ratio of the arms cannot be trusted; empty if it can."""
        if self.others_cores <= TOLERATED_SHARE * available_cores():
            return ""
        return f"other processes used {self.others_cores:.1f} cores while it was measured"

    @property
    def log_ratios(self) -> NDArray[np.float64]:
        """(n,) float64: log of candidate over reference seconds, round by round."""
        ratios: NDArray[np.float64] = np.log(self.candidate.seconds / self.reference.seconds)
        return ratios
