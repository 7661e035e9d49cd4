"""The car: a bicycle model with limits, moved in ticks of a millisecond."""

import math
from dataclasses import dataclass

from sdvbench.simulators.base import Command

TICKS_A_SECOND = 1000
TICK_S = 1 / TICKS_A_SECOND

WHEELBASE_M = 2.7
TOP_SPEED_MPS = 30.0
ACCELERATION_MPS2 = 4.0
BRAKING_MPS2 = 8.0
STEERING_RAD = 0.5  # of the front wheels, to either side
STEERING_RATE_RADPS = 1.0
GRIP_MPS2 = 8.0  # of lateral acceleration; a faster car goes wide


@dataclass(frozen=True)
class Car:
    """x_m, y_m, heading_rad: of the middle of the rear axle, in the world.

    steering_rad: of the front wheels, positive to the left.
    """

    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float
    steering_rad: float = 0.0


def driven(car: Car, command: Command, ticks: int) -> Car:
    """The car after ``ticks`` of following ``command``.

    Speed and steering approach what the command asks for at their greatest rates; the wheels are
    turned for its curvature, yaw rate over speed. Within a tick curvature and acceleration are
    constant, and the arc that this gives is exact. Tyres hold up to GRIP_MPS2: of a curvature that
    would need more, the car gets what they hold.
    """
    x, y, heading = car.x_m, car.y_m, car.heading_rad
    speed, steering = car.speed_mps, car.steering_rad
    wanted_speed = min(max(command.speed_mps, 0.0), TOP_SPEED_MPS)
    wanted_steering = _steering(command)
    turning = STEERING_RATE_RADPS * TICK_S
    for _ in range(ticks):
        before = speed
        speed += min(max(wanted_speed - speed, -BRAKING_MPS2 * TICK_S), ACCELERATION_MPS2 * TICK_S)
        steering += min(max(wanted_steering - steering, -turning), turning)
        curvature = math.tan(steering) / WHEELBASE_M
        if abs(curvature) * speed * speed > GRIP_MPS2:
            curvature = math.copysign(GRIP_MPS2 / (speed * speed), curvature)
        way = (before + speed) / 2 * TICK_S
        half = curvature * way / 2
        chord = way * (1 - half * half / 6)  # sin(half) / half, exact to the last bit for its size
        x += chord * math.cos(heading + half)
        y += chord * math.sin(heading + half)
        heading = math.remainder(heading + 2 * half, math.tau)
    return Car(x, y, heading, speed, steering)


def _steering(command: Command) -> float:
    """The angle of the wheels for the command's curvature; straight on where the car is to stop."""
    if command.speed_mps <= 0:
        return 0.0
    angle = math.atan2(WHEELBASE_M * command.yaw_rate_radps, command.speed_mps)
    return min(max(angle, -STEERING_RAD), STEERING_RAD)
