"""A camera at a fixed rate: when frames come is settled beforehand, and nothing delays it.

Since the schedule is known, no thread need stand for the camera: whenever the engine is free, the
clock tells which frames have come meanwhile. So nothing runs beside the engine.
"""

from collections.abc import Callable, Sequence
from time import perf_counter, sleep
from typing import Protocol

import numpy as np

from sdvbench.errors import OptionError
from sdvbench.garbage_collection import no_garbage_collection
from sdvbench.realtime.stream import Stream

# Of the frames ``first`` to ``last`` that have come and were not yet processed, the next one; those
# before it are dropped.
POLICIES: dict[str, Callable[[int, int], int]] = {
    "drop-oldest": lambda first, last: last,  # one frame waits, the newest
    "queue": lambda first, last: first,  # all wait, however many
}
LEAD_S = 0.01  # until the first frame is due


class Clock(Protocol):
    """Seconds since the first frame was due."""

    def now_s(self) -> float: ...

    def wait_until(self, time_s: float) -> None: ...


class WallClock:
    """Real time; waits asleep, so that the cores are the engine's.

    timer: gives seconds since any moment. pause: sleeps for so many, or for longer.
    """

    def __init__(
        self,
        lead_s: float = LEAD_S,
        timer: Callable[[], float] = perf_counter,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        self._timer, self._pause = timer, pause
        self._begin = timer() + lead_s

    def now_s(self) -> float:
        return self._timer() - self._begin

    def wait_until(self, time_s: float) -> None:
        while (left_s := time_s - self.now_s()) > 0:
            self._pause(left_s)


class SimulatedClock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        return self._now_s

    def wait_until(self, time_s: float) -> None:
        self._now_s = max(self._now_s, time_s)


def film(
    call: Callable[[int], object],
    rate_hz: float,
    frames: int,
    policy: str,
    clock: Clock | None = None,
) -> Stream:
    """``frames`` frames, each of which ``call`` is given by its number unless it is dropped.

    clock: the wall clock, unless another is given. Garbage collection is off while filming.
    Raises OptionError for an unknown policy, or no frame.
    """
    chosen = checked_policy(policy)
    if frames < 1 or not rate_hz > 0:
        raise OptionError(f"{frames} frames at {rate_hz:g} Hz", "are none", "Ask for one or more")
    arrivals_s = np.arange(frames) / rate_hz
    starts_s, finishes_s = np.full((2, frames), np.nan)
    first = 0
    with no_garbage_collection():
        clock = clock or WallClock()
        while first < frames:
            clock.wait_until(arrivals_s[first])
            last = int(np.searchsorted(arrivals_s, clock.now_s(), "right")) - 1
            index = chosen(first, last)
            starts_s[index] = clock.now_s()
            call(index)
            finishes_s[index] = clock.now_s()
            first = index + 1
    return Stream(rate_hz, policy, starts_s, finishes_s)


def replay(services_s: Sequence[float], rate_hz: float, frames: int, policy: str) -> Stream:
    """What a camera of another rate, or another policy, gives with calls that took ``services_s``.

    Exact and repeatable: the same loop as ``film``'s on a simulated clock. The frame that is
    processed as the nth takes the nth of the recorded seconds, from the first again at their end,
    so stalls that lasted for several calls still do. What it cannot know: an engine's calls may
    take longer or shorter after a longer rest.
    """
    if not len(services_s) or not np.greater(services_s, 0).all():
        remedy = "Record some"
        raise OptionError("recorded calls", "are none, or not all of them took time", remedy)
    clock, processed = SimulatedClock(), 0

    def call(index: int) -> None:
        nonlocal processed
        clock.wait_until(clock.now_s() + services_s[processed % len(services_s)])
        processed += 1

    return film(call, rate_hz, frames, policy, clock)


def checked_policy(name: str) -> Callable[[int, int], int]:
    """The policy of that name; OptionError names those that there are."""
    if name not in POLICIES:
        choice = f"Choose {' or '.join(POLICIES)}"
        raise OptionError(f"camera policy {name!r}", "is not known", choice)
    return POLICIES[name]
