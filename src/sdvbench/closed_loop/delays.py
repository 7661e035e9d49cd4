"""How much latency a driver stands: trips with ever later commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sdvbench.closed_loop.loop import Decide, drive
from sdvbench.closed_loop.record import Driven, driven, mean
from sdvbench.closed_loop.score import score
from sdvbench.errors import OptionError
from sdvbench.simulators.base import Simulator

STEP_S = 0.05  # from one latency of the curve to the next
FINEST_S = 0.005  # to which the latency is found at which the car leaves its lane
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


@dataclass(frozen=True)
class Curve:
    """points: in order of latency, up to the first in which a trip did not arrive. failing_s: the
    least latency, to 5 ms, at which one does not; None where all arrived up to two seconds.
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

    trips: for each latency, with the seeds from 0 on. told: called with each of ``points``.
    Raises OptionError for fewer than two trips, which have no interval.
    """
    if trips < 2:
        raise OptionError(f"--trips {trips}", "gives no interval", "Drive two or more")

    def at(latency_s: float) -> Delayed:
        made = (drive(simulator, decide, [latency_s], seed) for seed in range(trips))
        return Delayed(latency_s, [driven(trip, score(trip, simulator.road)) for trip in made])

    points: list[Delayed] = []
    for number in range(round(MOST_S / STEP_S) + 1):
        points.append(at(number * STEP_S))
        told(points[-1])
        if not points[-1].all_arrived:
            break
    else:
        return Curve(points, None)
    good, failing = points[-1].latency_s - STEP_S, points[-1].latency_s
    while len(points) > 1 and failing - good > 1.5 * FINEST_S:
        middle = FINEST_S * round((good + failing) / 2 / FINEST_S)
        good, failing = (middle, failing) if at(middle).all_arrived else (good, middle)
    return Curve(points, failing)


def told(delayed: Delayed) -> str:
    """A line for people."""
    middle, low, high = mean(delayed.trips, "deviation_mean_m")
    furthest = max(trip.deviation_max_m for trip in delayed.trips)
    return (
        f"{1e3 * delayed.latency_s:5.0f} ms: {delayed.arrived} of {len(delayed.trips)} arrived, "
        f"deviation {middle:.3f} m (95 % interval {low:.3f} to {high:.3f}), "
        f"largest {furthest:.2f} m"
    )
