"""Estimates and tests for timings, which assume nothing about their distribution.

Times are in seconds; ratios are of candidate over reference, above 1 is slower.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from sdvbench.typed_json import Positive

CONFIDENCE = 0.95
RESAMPLES = 2000
GROUP = 3  # rounds of which the fastest counts


class Estimate(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A ratio with its interval: low <= value <= high, all positive. In JSON a list of the three.

    Raises ValueError where they are in another order, or not numbers.
    """

    value: Positive
    low: Positive
    high: Positive

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError("is not [value, low, high] with low <= value <= high")


def median_ratio(
    *loadings: NDArray[np.float64], block: int | None = None, seed: int = 0
) -> Estimate:
    """The median of paired ratios with a bootstrap interval over loadings and blocks of rounds.

    loadings: (n,) each, log of candidate over reference, one a round, in order of time. Several
        where both engines were loaded anew: each time they may be some percent off for as long as
        they live, so loadings are resampled too, and what one of them says alone widens the
        interval as it should.
    block: rounds resampled together, so that stalls that last for several rounds do so as well;
        default round(sqrt(n)).

    The interval is the percentile bootstrap's, nominally at 95 %. It is too narrow for few or
    correlated rounds: simulated, it held the truth in 87 % of independent and 71 % of strongly
    correlated (first-order autoregressive, 0.5) series of 10 rounds, 91 % and 82 % of 40. Where
    loadings are off by as much as rounds scatter (1 %, 30 rounds), one holds it in 28 %, two in
    62 %, four in 82 %. A bias of the whole run is not in it.
    Sources: Künsch, "The jackknife and the bootstrap for general stationary observations", 1989,
    with circular blocks; Davison and Hinkley, "Bootstrap methods and their application", 1997, 3.8,
    for the two levels.
    Raises ValueError for no loading, and for empty or non-finite input.
    """
    medians = _resampled_medians([_checked(one) for one in loadings], block, seed)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    value = float(np.median(np.concatenate(loadings)))
    return Estimate(math.exp(value), math.exp(min(low, value)), math.exp(max(high, value)))


def fast_ratio(*loadings: NDArray[np.float64], seed: int = 0) -> Estimate:
    """The ratio of the fastest calls of every three rounds: what undisturbed calls say.

    loadings: (2, n) each, seconds of candidate and reference in the same rounds, n at least 3.
    Neighbours lengthen calls and never shorten them, so where this and ``median_ratio`` disagree,
    neighbours decided one of them. Paired as that is, so slow drifts drop out; the interval is the
    same bootstrap's over groups of rounds. Blind to what makes only some of the calls slower.
    Raises ValueError for empty or non-finite input, or fewer than three rounds.
    """
    return median_ratio(*(_fastest(*_checked(one)) for one in loadings), seed=seed)


def false_discovery(p_values: ArrayLike, rate: float = 0.05) -> NDArray[np.bool_]:
    """(n,) bool: which of (n,) p-values to call findings so that ``rate`` of them are false.

    Holds for independent and for positively dependent tests, on average over many families.
    Source: Benjamini and Hochberg, "Controlling the false discovery rate", 1995.
    """
    from scipy.stats import false_discovery_control  # takes most of a second to import

    p = np.asarray(p_values, np.float64)
    found: NDArray[np.bool_] = false_discovery_control(p) <= rate if len(p) else p.astype(np.bool_)
    return found


def share_interval(count: int, total: int) -> tuple[float, float]:
    """The interval at 95 % of the share that ``count`` of ``total`` independent trials estimate.

    For the share of frames that miss their deadline, for example. Misses come in a row, since what
    holds up one frame holds up the next: there are fewer independent trials than frames then, and
    the interval is too narrow.
    Exact: shares below it would give so many misses, or more, in less than 2.5 % of all cases, and
    shares above it so few, or fewer.
    Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case
    of the binomial", 1934.
    Raises ValueError where the counts make no sense.
    """
    if not 0 <= count <= total or not total:
        raise ValueError(f"{count} of {total} is no share")
    from scipy.stats import binomtest

    found = binomtest(count, total).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)


def _fastest(
    candidate_s: NDArray[np.float64], reference_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n // 3,) log ratios of the fastest calls of each arm in three rounds."""
    groups = len(candidate_s) // GROUP
    arms = (arm[: groups * GROUP] for arm in (candidate_s, reference_s))
    candidate, reference = (arm.reshape(groups, GROUP).min(axis=1) for arm in arms)
    ratios: NDArray[np.float64] = np.log(candidate / reference)
    return ratios


def _resampled_medians(
    loadings: Sequence[NDArray[np.float64]], block: int | None, seed: int
) -> NDArray[np.float64]:
    """(RESAMPLES,): of as many loadings, drawn with replacement, blocks of rounds of each."""
    if not loadings:
        raise ValueError("measured values must be finite and not empty")
    rng = np.random.default_rng(seed)
    rounds = max(1, round(sum(map(len, loadings)) / len(loadings)))
    drawn = rng.integers(0, len(loadings), size=(RESAMPLES, len(loadings)))
    resampled = np.empty((*drawn.shape, rounds))
    for index, values in enumerate(loadings):
        here = drawn == index
        resampled[here] = _blocks(values, block, (int(here.sum()), rounds), rng)
    medians: NDArray[np.float64] = np.median(resampled.reshape(RESAMPLES, -1), axis=1)
    return medians


def _blocks(
    values: NDArray[np.float64],
    block: int | None,
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """``shape``, each row of so many rounds, in circular blocks: every round is as likely to be
    drawn as every other."""
    rows, rounds = shape
    length = block or max(1, round(len(values) ** 0.5))
    starts = rng.integers(0, len(values), size=(rows, -(-rounds // length)))
    picks = (starts[:, :, None] + np.arange(length)).reshape(rows, -1)[:, :rounds] % len(values)
    return values[picks]


def _checked(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not values.size or not np.isfinite(values).all():
        raise ValueError("measured values must be finite and not empty")
    return values
