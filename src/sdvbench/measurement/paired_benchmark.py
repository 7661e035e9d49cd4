"""A cell measured through pytest-benchmark while the run's anchor is measured in turn with it."""

import random
from collections.abc import Callable
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np

from sdvbench.measurement.contention import watched
from sdvbench.measurement.latency import no_garbage_collection
from sdvbench.measurement.trace import PairedTrace, Trace

Call = Callable[[int], object]  # takes the number of the round
MIN_ROUNDS, MAX_ROUNDS = 10, 300
WARMUP_S = 0.5  # at least two rounds


def paired_benchmark(
    benchmark: Any, call: Call, anchor: Call, budget_s: float, batch: int
) -> PairedTrace:
    """Time ``call`` with the pytest-benchmark fixture, and ``anchor`` before or after each round.

    pytest-benchmark runs setup and teardown untimed by it, so its JSON holds the cell's own times;
    the anchor's go beside them. Which of the two comes first is drawn anew in every round.
    budget_s: about how long the rounds take together; between 10 and 300 rounds are run.
    batch: images that one ``call`` passes.
    """
    rounds = _rounds(call, anchor, budget_s)
    order = random.Random(0)
    anchor_seconds = np.empty(rounds)
    state = {"round": -1, "anchor_first": False}

    def time_anchor() -> None:
        start = perf_counter()
        anchor(state["round"])
        anchor_seconds[state["round"]] = perf_counter() - start

    def setup() -> tuple[tuple[int], dict[str, Any]]:
        state["round"] += 1
        state["anchor_first"] = order.random() < 0.5
        if state["anchor_first"]:
            time_anchor()
        return (state["round"],), {}

    def teardown(_: int) -> None:
        if not state["anchor_first"]:
            time_anchor()

    with watched() as contention, no_garbage_collection():
        benchmark.pedantic(call, setup=setup, teardown=teardown, rounds=rounds)
    seconds = np.array(benchmark.stats.stats.data)
    return PairedTrace(Trace(seconds, batch), Trace(anchor_seconds, batch), contention.cores)


def _rounds(call: Call, anchor: Call, budget_s: float) -> int:
    """Warm both up, then divide the budget by what the last warm-up round took."""
    begin = perf_counter()
    for index in count():
        start = perf_counter()
        call(index)
        anchor(index)
        end = perf_counter()
        if index and end - begin > WARMUP_S:
            break
    return int(np.clip(budget_s / (end - start), MIN_ROUNDS, MAX_ROUNDS))
