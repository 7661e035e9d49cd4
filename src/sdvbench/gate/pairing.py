"""Measuring a pair for as long as its verdict needs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count as numbers_from

import numpy as np

from sdvbench.gate.arms import Arm
from sdvbench.gate.stats import fast_ratio, median_ratio
from sdvbench.gate.verdict import Status, Verdict, is_clear, judge_pair
from sdvbench.measurement.interleaved import Interleaved
from sdvbench.measurement.latency import interleaved
from sdvbench.tensors import Calls

MIN_ROUNDS, MAX_ROUNDS = 12, 1000  # of one loading
LOADINGS = 2  # as many again where the verdict is not clear then
CALM_SHARE = 0.5  # of a loading's rounds; fewer say more about the neighbours than the engines

# Gives the candidate and the baseline as the first two arms. Where it loads both anew each time, a
# bias of one loading (where in memory things came to lie) is not taken for a difference.
Load = Callable[[], AbstractContextManager[Interleaved]]


def settled(
    load: Load,
    tolerance: float,
    budget_s: float,
    against: str = "the baseline",
    run: Callable[[Interleaved, int], None] = Interleaved.run,
) -> Verdict:
    """Time a pair until the verdict is clear.

    tolerance: as in ``judge_pair``. budget_s: shared by two loadings. Where the verdict is not
    clear then, two more are measured, once. What others disturb is not extended.
    run: times so many rounds of a pair.
    """
    pairs: list[Interleaved] = []
    while True:
        for _ in range(LOADINGS):
            with load() as pair:
                rounds = round(budget_s / LOADINGS / pair.warm_up())
                run(pair, min(max(rounds, MIN_ROUNDS), MAX_ROUNDS))
                pairs.append(pair)
        verdict, clear = _look(pairs, tolerance, against)
        disturbed = verdict.ratio is None
        if clear or disturbed or len(pairs) > LOADINGS:
            return verdict


def _look(pairs: list[Interleaved], tolerance: float, against: str) -> tuple[Verdict, bool]:
    """What the pairs say so far, and whether that is clear."""
    # (2, rounds) of candidate and baseline: the calm rounds of each loading that has enough of them
    calm = [np.array(p.seconds[:2])[:, p.calm] for p in pairs if p.calm.mean() >= CALM_SHARE]
    if len(calm) < LOADINGS:
        return _disturbed(pairs), False
    median = median_ratio(*(np.log(candidate / baseline) for candidate, baseline in calm))
    fast = fast_ratio(*calm)
    verdict = judge_pair(median, fast, tolerance, against)
    return verdict, is_clear(median, fast, tolerance)


def _disturbed(pairs: list[Interleaved]) -> Verdict:
    if gpu := next((p.gpu_disturbance for p in pairs if p.gpu_disturbance), ""):
        return Verdict(Status.INCONCLUSIVE, f"{gpu}; run again when it is free and cool")
    worst = max(pairs, key=lambda pair: pair.others_cores)
    waited = float(np.mean([share for pair in pairs for share in pair.waited]))
    reason = (
        f"{worst.disturbance}, so that its threads waited for a core, {waited:.2f} s in a second "
        "all together; leave a core free, or run again when it is quiet"
    )
    return Verdict(Status.INCONCLUSIVE, reason)


def loader(candidate: Arm, baseline: Arm, images: Calls, seed: int = 0, count: int = 1) -> Load:
    """Both arms loaded anew each time. count: calls a round.

    They take turns at being loaded first: that is worth 0.2 % of an engine's time, one way.
    """
    numbers = numbers_from(seed)

    @contextmanager
    def load() -> Iterator[Interleaved]:
        number = next(numbers)
        with ExitStack() as stack:
            if number % 2:
                new, old = (stack.enter_context(arm.load()) for arm in (candidate, baseline))
            else:
                old, new = (stack.enter_context(arm.load()) for arm in (baseline, candidate))
            yield interleaved((new, old), images, number, count)

    return load
