"""A straight road, on which what a trip gives can be worked out by hand."""

import math

import numpy as np
from numpy.typing import NDArray

from sdvbench.simulators.base import Command, Road, Simulator, Truth, whole_ticks
from sdvbench.vehicle_command import CommandRange

LENGTH_M = 100.0


class Straight(Simulator):
    """A car that is as fast, and turns, as it is told at once; ``seen`` holds when it looked."""

    identity = "straight"
    tick_s = 0.01
    commands = CommandRange((0.0, 20.0), (-1.0, 1.0))

    def __init__(self, half_width_m: float = 2.0, start_mps: float = 10.0) -> None:
        self._half_width_m, self._start_mps = half_width_m, start_mps
        self.seen: list[float] = []
        self.steps: list[tuple[float, Command]] = []

    def reset(self, seed: int) -> None:
        self._ticks, self._x, self._y, self._heading = 0, 0.0, 0.1 * seed, 0.0
        self._speed = self._start_mps
        self.seen.clear()
        self.steps.clear()

    def observe(self) -> NDArray[np.uint8]:
        self.seen.append(self._ticks * self.tick_s)
        return np.zeros((2, 2, 3), np.uint8)

    def step(self, command: Command, seconds: float) -> None:
        self.steps.append((self._ticks * self.tick_s, command))
        for _ in range(whole_ticks(seconds, self.tick_s)):
            self._speed = command.speed_mps
            self._heading += command.yaw_rate_radps * self.tick_s
            self._x += self._speed * self.tick_s * math.cos(self._heading)
            self._y += self._speed * self.tick_s * math.sin(self._heading)
            self._ticks += 1

    def truth(self) -> Truth:
        at = (self._ticks * self.tick_s, self._x, self._y, self._heading, self._speed)
        road = (self._x, self._y, self._half_width_m, self._heading, self._x / LENGTH_M)
        return Truth(*at, *road)

    def teacher(self) -> Command:
        return Command(10.0, 0.0)

    @property
    def road(self) -> Road:
        along = np.arange(0.0, LENGTH_M + 1)
        centre = np.stack((along, np.zeros_like(along)), axis=1)
        return Road(centre, np.full(len(along), self._half_width_m), False, LENGTH_M)
