"""Two engines against each other, here and now."""

from contextlib import nullcontext

from sdvbench.gate.pairing import settled
from sdvbench.gate.verdict import Verdict
from sdvbench.measurement.latency import interleaved
from sdvbench.tensors import Calls
from sdvbench.workflows.base import Engine

BUDGET_S = 5.0


def compare(
    candidate: Engine,
    baseline: Engine,
    images: Calls,
    tolerance: float = 0.05,
    budget_s: float = BUDGET_S,
) -> Verdict:
    """Whether ``candidate`` is slower than ``baseline``: paired, interleaved, order shuffled.

    images: float32 (N, 3, H, W), N a multiple of the engines' batch.
    tolerance: the slow-down that matters; beyond half of it, with an interval clear of 1, is FAIL.
    budget_s: of measuring; doubled once where the verdict is not clear then.
    A bias of how either engine was loaded (of some percent, where its calls are short) is not told
    apart from a difference; the suite, which has their artifacts, loads them anew.
    INCONCLUSIVE, without a ratio, where neighbours kept the engines' threads from running: where an
    engine has as many threads as there are cores, any busy neighbour does.
    Returns a verdict whose ``ratio`` is candidate over baseline latency: above 1 is slower.
    """
    return settled(
        lambda: nullcontext(interleaved((candidate, baseline), images)), tolerance, budget_s
    )
