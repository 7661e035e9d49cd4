"""How much latency a driver stands: trips with ever later commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sdvbench.closed_loop.loop import Decide, drive
from sdvbench.closed_loop.record import Driven, driven, mean
from sdvbench.closed_loop.score import score
from sdvbench.errors import OptionError
from sdvbench.simulators.base import Simulator

STEP_S = 0.05  # from one latency of the curve to the next
FINEST_S = 0.005  # to which the latency is found at which the car leaves its lane, or to a tick
MOST_S = 2.0


@dataclass(frozen=True)
class Delayed:
    """Trips in which every decision takes ``latency_s``; the next image is taken after it."""

    latency_s: float
    trips: Sequence[Driven]

    @property
    def arrived(self) -> int:
        return sum(trip.end == "arrived" for trip in self.trips)

    @property
    def all_arrived(self) -> bool:
        return self.arrived == len(self.trips)

    @property
    def deviation_m(self) -> tuple[float, float, float]:
        """The mean of the trips, with its interval at 95 %."""
        return mean(self.trips, "deviation_mean_m")

    @property
    def furthest_m(self) -> float:
        """The largest deviation of all trips."""
        return max(trip.deviation_max_m for trip in self.trips)


@dataclass(frozen=True)
class Curve:
    """points: in order of latency, those between the last two included. failing_s: the least
    latency at which a trip does not arrive, to 5 ms or, where that is longer, a tick of the
    simulator; None where all arrived up to two seconds.
    """

    points: Sequence[Delayed]
    failing_s: float | None


def curve(
    simulator: Simulator,
    decide: Decide,
    trips: int,
    told: Callable[[Delayed], None] = lambda delayed: None,
) -> Curve:
    """Latencies of 0, 50, 100 ms and so on until a trip does not arrive, and between the last two.

    trips: for each latency, with the seeds from 0 on. told: called with each of ``points``, as soon
        as it was driven.
    Raises OptionError for fewer than two trips, which have no interval.
    """
    if trips < 2:
        raise OptionError(f"--trips {trips}", "gives no interval", "Drive two or more")

    points: list[Delayed] = []

    def at(latency_s: float) -> Delayed:
        made = (drive(simulator, decide, [latency_s], seed) for seed in range(trips))
        found = [driven(trip, score(trip, simulator.road)) for trip in made]
        points.append(Delayed(latency_s, found))
        told(points[-1])
        return points[-1]

    for number in range(round(MOST_S / STEP_S) + 1):
        if not at(number * STEP_S).all_arrived:
            break
    else:
        return Curve(points, None)
    good, failing = points[-1].latency_s - STEP_S, points[-1].latency_s
    # A command between two ticks takes effect at the second, so nothing finer would be driven.
    finest_s = max(FINEST_S, simulator.tick_s)
    while failing > 0 and failing - good > 1.5 * finest_s:
        middle = finest_s * round((good + failing) / 2 / finest_s)
        good, failing = (middle, failing) if at(middle).all_arrived else (good, middle)
    return Curve(sorted(points, key=lambda point: point.latency_s), failing)


def told(delayed: Delayed) -> str:
    """A line for people."""
    middle, low, high = delayed.deviation_m
    return (
        f"{1e3 * delayed.latency_s:5.0f} ms: {delayed.arrived} of {len(delayed.trips)} arrived, "
        f"deviation {middle:.3f} m (95 % interval {low:.3f} to {high:.3f}), "
        f"largest {delayed.furthest_m:.2f} m"
    )


def outcome(found: Curve) -> str:
    """What a curve comes to, a sentence without its full stop."""
    if found.failing_s is None:
        return f"every trip arrived with commands up to {MOST_S:g} s late"
    if not found.failing_s:
        return "not every trip arrived, even with commands that are never late"
    return f"the car does not arrive from {1e3 * found.failing_s:.0f} ms on"
