"""From a command in metres and radians a second to MetaDrive's steering and throttle.

MetaDrive's car is a bicycle to within 2 % up to about 8 m/s^2 of lateral acceleration, where its
tyres let go. Its engine pushes in proportion to the throttle, without drag; at a throttle of 0 or
below its brakes hold, and each tick takes away an impulse in proportion to it.
"""

import math
from dataclasses import dataclass

WHEELS = 4
SETTLE_S = 0.2  # in which two thirds of a difference of speed are made up
BRAKING_MPS2 = 6.0  # harder, and the wheels would slide


@dataclass(frozen=True)
class Car:
    """What MetaDrive's configuration and classes say about the car.

    front_m, rear_m: from the place that counts as the car's to the axles. steering_rad: of the
        front wheels at full steering. engine_n: of one wheel at full throttle. brake_ns: the
        impulse of one wheel and tick at full brake.
    """

    front_m: float
    rear_m: float
    mass_kg: float
    steering_rad: float
    engine_n: float
    brake_ns: float
    tick_s: float

    def steering(self, speed_mps: float, yaw_rate_radps: float) -> float:
        """-1 to 1, positive to the left, for the curvature that is meant; 0 for a car that is to
        stop."""
        if speed_mps <= 0:
            return 0.0
        angle = math.atan((self.front_m + self.rear_m) * yaw_rate_radps / speed_mps)
        return min(max(angle / self.steering_rad, -1.0), 1.0)

    def throttle(self, wanted_mps: float, speed_mps: float) -> float:
        """-1 to 1, towards the speed that is wanted; negative brakes. No car drives backwards."""
        wanted_mps2 = (max(wanted_mps, 0.0) - speed_mps) / SETTLE_S
        if wanted_mps2 > 0:
            return min(wanted_mps2 * self.mass_kg / (WHEELS * self.engine_n), 1.0)
        impulse_ns = min(-wanted_mps2, BRAKING_MPS2) * self.mass_kg * self.tick_s
        return -min(impulse_ns / (WHEELS * self.brake_ns), 1.0)
