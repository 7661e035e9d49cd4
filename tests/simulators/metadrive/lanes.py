"""Lanes with MetaDrive's interface: angles and lateral coordinates grow to the right."""

import math
from dataclasses import dataclass

from sdvbench.simulators.metadrive.worker.route import Route


@dataclass(frozen=True)
class Straight:
    """From a point, in a direction."""

    start: tuple[float, float]
    heading: float
    length: float

    def position(self, along, right):
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        x, y = self.start
        return x + along * cos - right * sin, y + along * sin + right * cos

    def heading_theta_at(self, along):
        return self.heading

    def local_coordinates(self, position):
        x, y = position[0] - self.start[0], position[1] - self.start[1]
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        return x * cos + y * sin, y * cos - x * sin


@dataclass(frozen=True)
class Arc:
    """direction: 1 for a bend to the right."""

    center: tuple[float, float]
    radius: float
    start_phase: float
    direction: int
    length: float

    def position(self, along, right):
        phase = self.start_phase + self.direction * along / self.radius
        reach = self.radius - right * self.direction
        x, y = self.center
        return x + reach * math.cos(phase), y + reach * math.sin(phase)

    def heading_theta_at(self, along):
        phase = self.start_phase + self.direction * along / self.radius
        return phase + self.direction * math.pi / 2

    def local_coordinates(self, position):
        x, y = position[0] - self.center[0], position[1] - self.center[1]
        turned = math.remainder(math.atan2(y, x) - self.start_phase, math.tau)
        return (
            self.direction * turned * self.radius,
            self.direction * (self.radius - math.hypot(x, y)),
        )


def left_bend():
    """60 m ahead, a quarter to the left with a radius of 30 m, 60 m ahead. The road begins after
    10 m of it and ends 20 m before its end."""
    quarter = Arc((60.0, -30.0), 30.0, math.pi / 2, -1, 15 * math.pi)
    lanes = [Straight((0, 0), 0, 60.0), quarter, Straight((90.0, -30.0), -math.pi / 2, 60.0)]
    return Route(lanes, 10.0, 20.0)
