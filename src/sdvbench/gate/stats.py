"""Estimates from paired timings. Pure NumPy; assumes nothing about their distribution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A ratio with its interval: low <= value <= high, all positive."""

    value: float
    low: float
    high: float


def median_ratio(
    log_ratios: NDArray[np.float64], block: int | None = None, seed: int = 0
) -> Estimate:
    """The median of paired ratios with a block bootstrap interval.

    log_ratios: (n,) log of candidate over reference, one a round, in order of time.
    block: rounds resampled together, so that stalls that last for several rounds widen the
        interval as they should; default round(sqrt(n)).

    The interval is the percentile bootstrap's, nominally at 95 %. It is too narrow for few or
    correlated rounds: simulated, it held the truth in 87 % of independent and 71 % of strongly
    correlated (first-order autoregressive, 0.5) series of 10 rounds, 91 % and 82 % of 40. A bias
    that lasts for the whole run is not in it.
    Raises ValueError for empty or non-finite input.
    """
    if not len(log_ratios) or not np.isfinite(log_ratios).all():
        raise ValueError("paired ratios must be finite and not empty")
    count = len(log_ratios)
    length = block or max(1, round(count**0.5))
    rng = np.random.default_rng(seed)
    # Circular blocks: every round is as likely to be drawn as every other.
    starts = rng.integers(0, count, size=(RESAMPLES, -(-count // length)))
    picks = (starts[:, :, None] + np.arange(length)).reshape(RESAMPLES, -1)[:, :count] % count
    medians = np.median(log_ratios[picks], axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    value = float(np.median(log_ratios))
    return Estimate(
        float(np.exp(value)), float(np.exp(min(low, value))), float(np.exp(max(high, value)))
    )
