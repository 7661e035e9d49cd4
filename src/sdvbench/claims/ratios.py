"""How many times as fast one engine is as another: both in turn, in one measurement."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sdvbench import progress
from sdvbench.cells import Cell
from sdvbench.gate.arms import Arm
from sdvbench.gate.stats import Estimate, fast_ratio, median_ratio
from sdvbench.measurement.interleaved import Interleaved
from sdvbench.measurement.latency import BLOCK_S, calls, calls_in
from sdvbench.metrics import named
from sdvbench.tensors import Calls
from sdvbench.workflows.base import Engine

LOADINGS = 2  # as many again, up to MOST, where the limit is not clear of the interval then
# Where in memory two engines come to lie moves their ratio by 1 to 3 % a loading. Of 25 runs drawn
# from 40 loadings of two equal ones in ONNX Runtime, so many told 1.00 from 1.02 in 25, also with
# the loadings twice as far apart; twelve of six rounds in 23, and in 16.
MOST = 24
MIN_ROUNDS, MAX_ROUNDS = 12, 300  # of one loading
# By how much a bound must be off the limit after two loadings; the interval of so few is too narrow
# (gate/stats.py has its simulated coverage).
CLEAR = 0.01

Seconds = NDArray[np.float64]  # (2, rounds) of a call, of the slow engine and of the fast one


@dataclass
class Timed:
    """What has been measured of a pair.

    quiet: the loadings during which nobody else used the machine. disturbed: what somebody did
    during the others. Engines of unlike make suffer unequally, so those are left out whole.
    """

    quiet: list[Seconds] = field(default_factory=list)
    disturbed: list[str] = field(default_factory=list)

    @property
    def loadings(self) -> int:
        return len(self.quiet) + len(self.disturbed)

    @property
    def is_disturbed(self) -> bool:
        return len(self.disturbed) >= max(LOADINGS, len(self.quiet))

    def settles(self, limit: float) -> bool:
        """Whether its interval may be held against ``limit``: that of few loadings is too narrow,
        and counts only where it is clear of the limit.
        """
        found = self.speed_up
        if found is None:
            return False
        clear = found.low >= limit * (1 + CLEAR) or found.high < limit * (1 - CLEAR)
        return clear or self.loadings >= MOST

    @property
    def speed_up(self) -> Estimate | None:
        """Of the fast engine over the slow; None where too few loadings were quiet.

        The interval holds those of both estimates, of the median and of the fastest calls: where
        they disagree, neighbours decided one of them.
        """
        if len(self.quiet) < LOADINGS:
            return None
        median = median_ratio(*(np.log(slow / fast) for slow, fast in self.quiet))
        fastest = fast_ratio(*self.quiet)
        return Estimate(median.value, min(median.low, fastest.low), max(median.high, fastest.high))


class Ratios:
    """Speed-ups by pair of cells; each pair is measured once, and on where a claim needs it.

    arm: finds a cell's engine. images: gives those of a batch size. budget_s: of a pair, about.
    """

    def __init__(
        self, arm: Callable[[Cell], Arm], images: Callable[[int], Calls], budget_s: float
    ) -> None:
        self._arm, self._images, self._budget_s = arm, images, budget_s
        self._timed: dict[tuple[Cell, Cell, str], Timed] = {}

    def timed(self, fast: Cell, slow: Cell, metric: str, limit: float) -> Timed:
        """Measured until it is clear on which side of ``limit`` the speed-up is, or for twelve
        times the usual time; not on where others disturb. metric: "latency", of single calls, or
        "throughput", of calls back to back.
        """
        timed = self._timed.setdefault((fast, slow, metric), Timed())
        while timed.loadings < MOST and not timed.is_disturbed and not timed.settles(limit):
            progress.tell(f"timing {fast} and {slow} in turn")
            for _ in range(LOADINGS):
                self._load(fast, slow, metric, timed)
        return timed

    def _load(self, fast: Cell, slow: Cell, metric: str, timed: Timed) -> None:
        """Both engines anew; they take turns at being loaded first."""
        arms = [self._arm(slow), self._arm(fast)]
        images = self._images(fast.batch)
        with ExitStack() as stack:
            order = (0, 1) if timed.loadings % 2 else (1, 0)
            loaded = {index: stack.enter_context(arms[index].load()) for index in order}
            engines = [loaded[0], loaded[1]]
            counts = [_calls_a_round(engine, images, metric) for engine in engines]
            pair = _interleaved(engines, images, counts, seed=timed.loadings)
            rounds = int(self._budget_s / LOADINGS / pair.warm_up())
            pair.run(min(max(rounds, MIN_ROUNDS), MAX_ROUNDS))
        if disturbed := pair.disturbance_of_unlike:
            timed.disturbed.append(disturbed)
        else:
            timed.quiet.append(np.array(pair.seconds) / np.array(counts)[:, None])


def _calls_a_round(engine: Engine, images: Calls, metric: str) -> int:
    timing = named(metric).timing
    assert timing is not None  # claims name no other metric
    return calls_in(BLOCK_S, engine, images) if timing.back_to_back else 1


def _interleaved(
    engines: Sequence[Engine], images: Calls, counts: Sequence[int], seed: int
) -> Interleaved:
    both = zip(engines, counts, strict=True)
    arms = [calls(engine, images, count) for engine, count in both]
    return Interleaved(arms, seed, engines[0].spec.device)
