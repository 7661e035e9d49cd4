"""One trip: a simulator's images go in, commands come out, late by what the engine takes.

All of it happens on the simulator's own clock. The calls' seconds were recorded before, so a trip
with the same engine, seed and recorded seconds is the same again, however busy the machine is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sdvbench.errors import OptionError
from sdvbench.simulators.base import Command, Simulator, Truth

Decide = Callable[[NDArray[np.uint8]], Command]
"""From what the camera sees, (height, width, 3) uint8 RGB, to what the car is to do."""

CYCLE_S = 0.05  # from one decision to the next, as in both of JdeRobot's studies
SLOWEST_MPS = 1.0  # a car that is slower on average than this does not arrive
ROUNDING = 1e-9  # of seconds over ticks that should be whole

End = Literal["arrived", "off the lane", "out of time"]


@dataclass(frozen=True, eq=False)
class Trip:
    """What was driven, sampled at the start of every cycle.

    truths: the car on its road. commands, decided_s: (k, 2) and (k,) float64, each decision and
        when its image was taken. services_s: (k,), how long each decision took.
    road_m: the metres of road that were to be driven. cycle_s: from one sample to the next.
    wall_s: how long the simulation took.
    """

    seed: int
    truths: tuple[Truth, ...]
    commands: NDArray[np.float64]
    decided_s: NDArray[np.float64]
    services_s: NDArray[np.float64]
    end: End
    road_m: float
    cycle_s: float
    wall_s: float


def drive(
    simulator: Simulator,
    decide: Decide,
    services_s: Sequence[float],
    seed: int = 0,
    laps: float = 1.0,
    cycle_s: float = CYCLE_S,
) -> Trip:
    """Drive ``laps`` of the road, or until the car leaves its lane.

    services_s: how long the decisions take, from the first again at their end; 0 is at once. A
        command takes effect at the first tick of the simulator's clock at which it is there, and
        until then the one before it rules. The next image is taken one cycle after the last, or, of
        an engine that takes longer, once it is free.
    Raises OptionError for no service time or one below 0, no road, and a cycle of no whole ticks.
    """
    services = np.asarray(services_s, np.float64)
    if not services.size or not (services >= 0).all() or not np.isfinite(services).all():
        raise OptionError("recorded calls", "are none, or not all of them seconds", "Record some")
    if not laps > 0:
        raise OptionError(f"{laps:g} laps", "are no road", "Drive one or more")
    begun = perf_counter()
    simulator.reset(seed)
    trip = _Driving(simulator, cycle_s, laps)
    while not trip.end:
        index = len(trip.decided)
        command = decide(simulator.observe())
        trip.decided.append((trip.now * simulator.tick_s, command))
        started = trip.now
        trip.go_on(started + trip.ticks(float(services[index % len(services)])))
        trip.command = command
        trip.go_on(max(started + trip.cycle, trip.now))
    commands = [(each.speed_mps, each.yaw_rate_radps) for _, each in trip.decided]
    return Trip(
        seed,
        tuple(trip.truths),
        np.array(commands, np.float64).reshape(-1, 2),
        np.array([at for at, _ in trip.decided]),
        np.resize(services, len(commands)),
        trip.end,
        laps * simulator.road.length_m,
        cycle_s,
        perf_counter() - begun,
    )


class _Driving:
    """A trip under way. Times are ticks, so that no rounding adds up."""

    def __init__(self, simulator: Simulator, cycle_s: float, laps: float) -> None:
        self._simulator, self._laps = simulator, laps
        self.cycle = self.ticks(cycle_s)
        if not self.cycle or not math.isclose(self.cycle * simulator.tick_s, cycle_s):
            remedy = f"Choose a multiple of {simulator.tick_s:g} s"
            raise OptionError(f"a cycle of {cycle_s:g} s", "is not a whole number of ticks", remedy)
        self._last = self.ticks(laps * simulator.road.length_m / SLOWEST_MPS)
        self.now = 0
        self.truths: list[Truth] = []
        self.decided: list[tuple[float, Command]] = []
        self.end: End | Literal[""] = ""
        self._note()
        self.command = Command(self.truths[0].speed_mps, 0.0)  # straight on, as it comes

    def ticks(self, seconds: float) -> int:
        """Until the first tick at which so many seconds have passed."""
        return math.ceil(seconds / self._simulator.tick_s - ROUNDING)

    def go_on(self, until: int) -> None:
        """To that tick with the command that rules, noting each cycle; less far where it ends."""
        while self.now < until and not self.end:
            next_note = (self.now // self.cycle + 1) * self.cycle
            ticks = min(until, next_note) - self.now
            self._simulator.step(self.command, ticks * self._simulator.tick_s)
            self.now += ticks
            if self.now == next_note:
                self._note()

    def _note(self) -> None:
        truth = self._simulator.truth()
        self.truths.append(truth)
        if truth.off_lane:
            self.end = "off the lane"
        elif truth.completed >= self._laps:
            self.end = "arrived"
        elif self.now >= self._last:
            self.end = "out of time"
