"""Two engines against each other, here and now."""

from sdvbench.gate.stats import median_ratio
from sdvbench.gate.verdict import Status, Verdict, judge_pair
from sdvbench.measurement.latency import measure_pair
from sdvbench.workflows.base import Engine, Images


def compare(
    candidate: Engine,
    baseline: Engine,
    images: Images,
    tolerance: float = 0.05,
    rounds: int = 50,
) -> Verdict:
    """Whether ``candidate`` is slower than ``baseline``: paired, interleaved, order shuffled.

    images: float32 (N, 3, H, W), N a multiple of the engines' batch.
    tolerance: the slow-down that matters; beyond half of it, with an interval clear of 1, is FAIL.
    INCONCLUSIVE, without a ratio, where other processes used the processor meanwhile.
    Returns a verdict whose ``ratio`` is candidate over baseline latency: above 1 is slower.
    """
    trace = measure_pair(candidate, baseline, images, rounds)
    if trace.disturbed:
        return Verdict(Status.INCONCLUSIVE, f"{trace.disturbed}; run again when it is quiet")
    return judge_pair(median_ratio(trace.log_ratios), tolerance)
