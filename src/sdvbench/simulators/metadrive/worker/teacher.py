"""The teacher: pure pursuit of the centre line, at a speed that suits the bends ahead.

MetaDrive's own IDMPolicy is not it: its controllers remember, so that what it answers depends on
when it was asked before, and it drives at one speed throughout.
"""

import math
from typing import NamedTuple

from .route import Place, Route

AHEAD_S = 0.5  # of way to the point that is pursued
LATERAL_MPS2 = 4.0  # half of what the tyres hold
GAINING_MPS2 = 2.5  # MetaDrive's engine has 2.9
SLOWING_MPS2 = 4.0
STEP_M = 0.5  # between the places whose speed is known


class Limits(NamedTuple):
    """Of the commands: speeds in m/s, and yaw rates in rad/s to either side."""

    slowest_mps: float
    fastest_mps: float
    yaw_rate_radps: float


class Teacher:
    """An ideal driver on one route, from wherever the car is. It remembers nothing."""

    def __init__(self, route: Route, limits: Limits) -> None:
        self._route, self._limits = route, limits
        self._speeds = _speeds(route, limits)

    def command(
        self, place: Place, rear_xy_m: tuple[float, float], heading_rad: float
    ) -> tuple[float, float]:
        """Speed in m/s and yaw rate in rad/s for a car at ``place`` with its rear axle there.

        It depends on where the car is and not on its speed, as it should for a network that sees
        one image.
        """
        index = min(max(int(place.along_m / STEP_M), 0), len(self._speeds) - 1)
        speed = self._speeds[index]
        target = self._route.point(place.along_m + AHEAD_S * speed)
        x, y = target[0] - rear_xy_m[0], target[1] - rear_xy_m[1]
        left = y * math.cos(heading_rad) - x * math.sin(heading_rad)
        curvature = 2 * left / (x * x + y * y)  # of the circle from there through the target
        if curvature:
            allowed = math.sqrt(LATERAL_MPS2 / abs(curvature))
            speed = max(min(speed, allowed), self._limits.slowest_mps)
        most = self._limits.yaw_rate_radps
        return speed, min(max(speed * curvature, -most), most)


def _speeds(route: Route, limits: Limits) -> list[float]:
    """What each place of the road allows, every STEP_M, without braking or gaining too hard."""
    speeds = []
    for index in range(int(route.length_m / STEP_M) + 1):
        bend = max(abs(route.curvature(index * STEP_M)), 1e-9)
        allowed = math.sqrt(LATERAL_MPS2 / bend)
        speeds.append(min(max(allowed, limits.slowest_mps), limits.fastest_mps))
    for index in range(1, len(speeds)):
        most = math.sqrt(speeds[index - 1] ** 2 + 2 * GAINING_MPS2 * STEP_M)
        speeds[index] = min(speeds[index], most)
    for index in range(len(speeds) - 2, -1, -1):
        most = math.sqrt(speeds[index + 1] ** 2 + 2 * SLOWING_MPS2 * STEP_M)
        speeds[index] = min(speeds[index], most)
    return speeds
