"""Several arms timed in turn: whatever slows the machine for longer than a round slows them all."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from sdvbench.garbage_collection import no_garbage_collection
from sdvbench.measurement.contention import (
    LIKE_CORES,
    TOLERATED_WAIT,
    Watch,
    disturbance,
    knows_waiting,
    waited_s,
)
from sdvbench.measurement.gpu_watch import GpuRecord, GpuWatch

Call = Callable[[int], object]  # takes the number of the round

WARMUP_S, LONGEST_WARMUP_S = 0.5, 1.5
STEADY = 0.05


class Interleaved:
    """Rounds of all arms in an order drawn anew, as many as are asked for, as often as asked.

    device: where the arms run; a GPU is watched too.
    seconds: one list an arm; entry i of each was measured in round i.
    waited: for how much of the time of the first two arms, the ones that are compared, threads were
        ready to run and had no core; a share a round, summed over threads.
    gpu: what was seen of the GPU, a record a ``run``; empty for a CPU.
    """

    def __init__(self, arms: Sequence[Call], seed: int = 0, device: str = "cpu") -> None:
        self.arms = arms
        self.seconds: list[list[float]] = [[] for _ in arms]
        self.waited: list[float] = []
        self.gpu: list[GpuRecord] = []
        self._device = device
        self._others_s, self._watched_s = 0.0, 0.0
        self._waited_s, self._compared_s = 0.0, 0.0
        self._order = random.Random(seed)

    @property
    def rounds(self) -> int:
        return len(self.waited)

    @property
    def others_cores(self) -> float:
        """Processor time of other processes while rounds ran, in cores."""
        return self._others_s / self._watched_s if self._watched_s else 0.0

    @property
    def gpu_disturbance(self) -> str:
        """Why the GPU's timings cannot be trusted; else empty."""
        return next((record.disturbance for record in self.gpu if record.disturbance), "")

    @property
    def disturbance(self) -> str:
        """What spoils, or may have spoilt, the ratio of two engines of like make; else empty."""
        return self.gpu_disturbance or disturbance(self.others_cores, LIKE_CORES)

    @property
    def disturbance_of_unlike(self) -> str:
        """Why the ratio of two engines of unlike make cannot be trusted; else empty."""
        return self.gpu_disturbance or disturbance(self.others_cores)

    @property
    def calm(self) -> NDArray[np.bool_]:
        """(rounds,) bool: the rounds in which no arm waited for a core that others had.

        None of those on a GPU that others used or that was slowed.
        """
        if self.gpu_disturbance:
            return np.zeros(self.rounds, np.bool_)
        if not self.disturbance:
            return np.ones(self.rounds, np.bool_)
        return (np.array(self.waited) <= TOLERATED_WAIT) & knows_waiting()

    def warm_up(self) -> float:
        """Run all arms untimed until they are steady; returns the seconds of a round.

        Steady: at least half a second and two rounds, the last of which took at most 5 % less than
        the one before. Given up after a second and a half.
        """
        for arm in self.arms:  # what happens once only, such as compilation, is no warm-up
            arm(0)
        begin = perf_counter()
        took: list[float] = []
        while True:
            start = perf_counter()
            for arm in self.arms:
                arm(len(took))
            end = perf_counter()
            took.append(end - start)
            steady = len(took) >= 2 and took[-1] >= (1 - STEADY) * took[-2]
            if (end - begin > WARMUP_S and steady) or end - begin > LONGEST_WARMUP_S:
                return float(np.median(took[-4:]))

    def run(self, rounds: int) -> None:
        """Time ``rounds`` more."""
        with self.watched():
            for _ in range(rounds):
                with self.round() as order:
                    for index in order:
                        self.time(index)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """The block in which rounds run: others are watched, garbage collection is off."""
        with no_garbage_collection():
            gpu, watch, start = GpuWatch(self._device), Watch(), perf_counter()
            yield
            self._others_s += watch.others_s()
            self._watched_s += perf_counter() - start
            self.gpu += [record] if (record := gpu.record()) else []

    @contextmanager
    def round(self) -> Iterator[list[int]]:
        """One round; gives the order of the arms, each of which must be timed once."""
        order = self._order.sample(range(len(self.arms)), len(self.arms))
        self._waited_s, self._compared_s = 0.0, 0.0
        yield order
        self.waited.append(self._waited_s / self._compared_s)

    def time(self, index: int) -> None:
        """Run an arm in the round that is on."""
        arm = self.arms[index]
        with self.comparing() if index < 2 else nullcontext():
            start = perf_counter()
            arm(self.rounds)
            self.seconds[index].append(perf_counter() - start)

    @contextmanager
    def comparing(self) -> Iterator[None]:
        """Counts for how long threads wait in the block, outside of what is timed."""
        waited, start = waited_s(), perf_counter()
        yield
        self._compared_s += perf_counter() - start
        self._waited_s += max(waited_s() - waited, 0.0)
