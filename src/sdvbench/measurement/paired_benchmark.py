"""A cell measured through pytest-benchmark while other engines are measured in turn with it."""

from contextlib import ExitStack
from typing import Any

from sdvbench.measurement.interleaved import Interleaved


def run_benchmark(benchmark: Any, arms: Interleaved, rounds: int) -> None:
    """Time ``rounds`` of ``arms``, the first arm by the pytest-benchmark fixture ``benchmark``.

    pytest-benchmark runs setup and teardown untimed by it, so its JSON holds the first arm's own
    times; the others' go beside them.
    """
    around = _Around(arms)
    with arms.watched():
        benchmark.pedantic(
            arms.arms[0], setup=around.setup, teardown=around.teardown, rounds=rounds
        )
    arms.seconds[0] += benchmark.stats.stats.data


class _Around:
    """What runs before and after the first arm in a round."""

    def __init__(self, arms: Interleaved) -> None:
        self._arms = arms
        self._round = ExitStack()
        self._first = ExitStack()
        self._after: list[int] = []

    def setup(self) -> tuple[tuple[int], dict[str, Any]]:
        order = self._round.enter_context(self._arms.round())
        place = order.index(0)
        self._after = order[place + 1 :]
        for index in order[:place]:
            self._arms.time(index)
        self._first = self._round.enter_context(ExitStack())
        self._first.enter_context(self._arms.comparing())
        return (self._arms.rounds,), {}

    def teardown(self, _: int) -> None:
        self._first.close()
        for index in self._after:
            self._arms.time(index)
        self._round.close()
