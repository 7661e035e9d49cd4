"""The teacher: pure pursuit of the centre line, at a speed that suits the bends ahead."""

import math

import numpy as np

from sdvbench.simulators.base import Command
from sdvbench.simulators.circuit.car import Car
from sdvbench.simulators.circuit.lane import Lane, Place
from sdvbench.vehicle_command import CommandRange

# The speeds of JdeRobot's labels. Its yaw rates go to 7.1 rad/s, as its simulated car can turn:
# at such speeds a real car does not, and ours is asked for 1.2 rad/s at most.
COMMANDS = CommandRange(v=(6.5, 24.0), w=(-1.2, 1.2))

LATERAL_MPS2 = 4.0  # half of what the tyres hold
SLOWING_MPS2 = 4.0  # before a bend, and half of what the brakes could
AHEAD_S = 0.5  # of way to the point that is pursued
STEP_M = 0.5  # between the places whose speed is known


class Driver:
    """An ideal driver on one lane, from wherever the car is."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._speeds_mps = _speeds(lane)

    def command(self, car: Car, place: Place) -> Command:
        """For a car whose nearest point of the lane is ``place``.

        The label is a function of where the car is and not of its speed, as it should be for a
        network that sees one image.
        """
        along = float(place.along_m)
        speed = float(self._speeds_mps[int(along / STEP_M) % len(self._speeds_mps)])
        target = self._lane.pose(along + AHEAD_S * speed)
        x, y = float(target.x_m) - car.x_m, float(target.y_m) - car.y_m
        left = y * math.cos(car.heading_rad) - x * math.sin(car.heading_rad)
        curvature = 2 * left / (x * x + y * y)  # of the circle from here through the target
        slowest, fastest = COMMANDS.v
        if curvature:
            speed = max(min(speed, math.sqrt(LATERAL_MPS2 / abs(curvature))), slowest)
        low, high = COMMANDS.w
        return Command(min(speed, fastest), min(max(speed * curvature, low), high))


def _speeds(lane: Lane) -> np.ndarray:
    """What each place of the lane allows, every STEP_M: slow enough for the bends to come."""
    slowest, fastest = COMMANDS.v
    curvature = np.abs(lane.pose(np.arange(0, lane.length_m, STEP_M)).curvature)
    allowed = np.sqrt(LATERAL_MPS2 / np.maximum(curvature, LATERAL_MPS2 / fastest**2))
    speeds = np.maximum(allowed, slowest)
    for index in range(2 * len(speeds) - 1, -1, -1):  # twice round, since the end is the start
        here, next_one = index % len(speeds), (index + 1) % len(speeds)
        speeds[here] = min(
            speeds[here], math.sqrt(speeds[next_one] ** 2 + 2 * SLOWING_MPS2 * STEP_M)
        )
    return speeds
