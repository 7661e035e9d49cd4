"""What a simulator is: it shows an image, takes a command, and knows how well the car drives.

Coordinates are metres in a plane, angles are radians that grow counter-clockwise, and left is
positive: a deviation of +0.5 m is left of the centre line, a yaw rate of +0.5 rad/s turns left.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sdvbench.cells import Gap
from sdvbench.errors import MeasurementError, OptionError
from sdvbench.vehicle_command import CommandRange


@dataclass(frozen=True)
class Command:
    """What a driver asks of the car, as PilotNet's two outputs have it.

    speed_mps: the speed to drive at. yaw_rate_radps: how fast the car is to turn at that speed, so
        that their quotient is the curvature of the path that is meant, in 1/m.
    Raises MeasurementError where a number is not finite.
    """

    speed_mps: float
    yaw_rate_radps: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed_mps) and math.isfinite(self.yaw_rate_radps)):
            problem = "is not finite, so no car can follow it"
            raise MeasurementError(self, problem, "Look for the network's first NaN or infinity")


@dataclass(frozen=True)
class Truth:
    """Where the car is, in metres, radians and seconds, beside the nearest point of its road.

    time_s: of the simulator's own clock, since the reset.
    along_m: the place on the centre line, from its start; 0 to the road's length.
    deviation_m: distance to the centre line, positive on its left.
    half_width_m: from the centre line to either edge of the lane, at this place.
    heading_error_rad: of the car against the road, -pi to pi.
    completed: share of the road driven since the reset. A closed road goes on beyond 1.0, a lap
        each; ground that was cut across is not counted.
    """

    time_s: float
    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float
    along_m: float
    deviation_m: float
    half_width_m: float
    heading_error_rad: float
    completed: float

    @property
    def off_lane(self) -> bool:
        """Whether the car's middle is beyond the edge of its lane now."""
        return abs(self.deviation_m) > self.half_width_m


@dataclass(frozen=True)
class Road:
    """The road, to draw it and to compare paths with.

    centre_m: (n, 2) float64, points of the centre line in driving order, a metre apart or less.
    half_width_m: (n,) float64, from there to either edge of the lane.
    closed: whether the last point leads to the first one.
    length_m: of the centre line.
    """

    centre_m: NDArray[np.float64]
    half_width_m: NDArray[np.float64]
    closed: bool
    length_m: float


class Simulator(ABC):
    """One car on one road. Use it in a ``with`` block, and call ``reset`` before anything else.

    Its constructor takes options of numbers, texts and truth values, all with defaults, as
    ``open_simulator`` passes them; which road it is should be one of them.

    ranges: of options that are numbers, by name: the least and the most.
    identity: all that a run depends on beside seed and commands, for keys: the simulator, its
        version, its options.
    tick_s: the step of its own clock; ``step`` takes whole numbers of it.
    commands: what the teacher's commands are limited to, v in m/s and w in rad/s.
    """

    ranges: ClassVar[Mapping[str, tuple[int, int]]] = {}
    identity: str
    tick_s: float
    commands: CommandRange

    @classmethod
    def check(cls, **options: Any) -> None:
        """Raises OptionError where one of ``options`` is out of its range. Nothing is started."""
        for name, value in options.items():
            if name in cls.ranges:
                check_within(name, value, *cls.ranges[name])

    @classmethod
    def gap(cls) -> Gap | None:
        """What this machine lacks to run it; None if nothing."""
        return None

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Put the car at the road's start; the clock is 0.

        seed: of what differs between runs on one road, such as light and where the car stands. The
        same seed and the same commands give the same truth and the same images. Raises OptionError
        on a seed that is negative.
        """

    @abstractmethod
    def observe(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB, what the camera sees now; the caller's own array."""

    @abstractmethod
    def step(self, command: Command, seconds: float) -> None:
        """Let ``seconds`` pass while the car follows ``command``, within its limits.

        Two steps are one step of their sum. Raises OptionError where ``seconds`` is not a whole
        number of ticks, at least one.
        """

    @abstractmethod
    def truth(self) -> Truth:
        """How the car stands now."""

    @abstractmethod
    def teacher(self) -> Command:
        """What an ideal driver would ask for now, wherever the car is."""

    @property
    @abstractmethod
    def road(self) -> Road:
        """The road, known from the first reset on."""

    def close(self) -> None:  # noqa: B027 - most have nothing to free
        """Free what the simulator holds: processes, windows."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def whole_ticks(seconds: float, tick_s: float) -> int:
    """How many ticks ``seconds`` are. Raises OptionError unless that is 1, 2, 3, ..."""
    ticks = round(seconds / tick_s) if math.isfinite(seconds) else 0
    if ticks < 1 or not math.isclose(ticks * tick_s, seconds, rel_tol=1e-6):
        remedy = f"Choose a multiple of {tick_s:g} s"
        raise OptionError(f"a step of {seconds:g} s", "is not a whole number of ticks", remedy)
    return ticks


def check_within(name: str, value: float, low: float, high: float) -> None:
    """Raises OptionError where the option ``name`` is beyond these."""
    if not low <= value <= high:
        raise OptionError(f"{name}={value}", "is out of range", f"Choose {low} to {high}")
