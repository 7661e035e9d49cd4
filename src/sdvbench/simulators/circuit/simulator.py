"""The circuit as a simulator: the car on its lane, the clock, and how far it has come."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sdvbench.simulators.base import Command, Road, Simulator, Truth, check_within, whole_ticks
from sdvbench.simulators.circuit.camera import camera
from sdvbench.simulators.circuit.car import (
    TICK_S,
    TICKS_A_SECOND,
    TOP_SPEED_MPS,
    Car,
    driven,
)
from sdvbench.simulators.circuit.driver import COMMANDS, Driver
from sdvbench.simulators.circuit.ground import DistanceMap
from sdvbench.simulators.circuit.lane import Place, wrapped
from sdvbench.simulators.circuit.layout import HALF_WIDTH_M, draw_lane
from sdvbench.simulators.circuit.light import draw_light
from sdvbench.simulators.circuit.sky import panorama
from sdvbench.simulators.circuit.view import View

# Goes up with any change that moves the car or changes a pixel: identities are parts of keys.
VERSION = 1
SIDE_PX = (32, 2048)
LOOK_TICKS = 50  # how often progress is noted
MOST_GAINED_M = 3 * TOP_SPEED_MPS * LOOK_TICKS * TICK_S  # inside of a bend the road goes by faster


class Circuit(Simulator):
    """A closed circuit of 500 to 900 m with one lane, 4 m wide, with a red centre line.

    road: number of the circuit. height, width: of the images in pixels.

    A run is the same bit by bit for the same road, seed and commands with one NumPy on one kind of
    processor. The seed draws the light, the haze, the grain of the ground, and by how much the car
    stands off the centre line (0.3 m at most) and off the road's direction (2 degrees) as it
    starts, at the lowest speed of ``commands``.
    Raises OptionError on arguments out of range.
    """

    ranges: ClassVar = {"road": (0, 2**31), "height": SIDE_PX, "width": SIDE_PX}
    tick_s = TICK_S
    commands = COMMANDS

    def __init__(self, road: int = 0, height: int = 66, width: int = 200) -> None:
        self.check(road=road, height=height, width=width)
        self.identity = f"circuit-v{VERSION}-road{road}-{height}x{width}"
        self._lane = draw_lane(road)
        self._driver = Driver(self._lane)
        self._camera = camera(height, width)
        self._distances = DistanceMap(self._lane)
        self._panorama = panorama(road)
        self.reset(0)

    def reset(self, seed: int) -> None:
        check_within("seed", seed, 0, 2**63)
        rng = np.random.default_rng((seed, 0xD21))
        self._view = View(self._camera, self._distances, self._panorama, draw_light(rng))
        aside_m, askew_rad = rng.uniform(-0.3, 0.3), rng.uniform(-0.035, 0.035)
        start = self._lane.pose(0.0)
        heading = float(start.heading_rad)
        self._car = Car(
            float(start.x_m - aside_m * np.sin(heading)),
            float(start.y_m + aside_m * np.cos(heading)),
            heading + float(askew_rad),
            COMMANDS.v[0],
        )
        self._ticks = 0
        self._driven_m = 0.0  # along the road, when progress was last noted
        self._noted_at_m = float(self._place().along_m)

    def observe(self) -> NDArray[np.uint8]:
        return self._view.seen_from(self._car)

    def step(self, command: Command, seconds: float) -> None:
        left = whole_ticks(seconds, TICK_S)
        while left:  # progress is noted at fixed times, so that two steps are one of their sum
            ticks = min(left, LOOK_TICKS - self._ticks % LOOK_TICKS)
            self._car = driven(self._car, command, ticks)
            self._ticks += ticks
            left -= ticks
            if self._ticks % LOOK_TICKS == 0:
                along = float(self._place().along_m)
                self._driven_m += self._gained(along)
                self._noted_at_m = along

    def truth(self) -> Truth:
        place, car = self._place(), self._car
        along = float(place.along_m)
        road = self._lane.pose(along)
        return Truth(
            time_s=self._ticks / TICKS_A_SECOND,
            x_m=car.x_m,
            y_m=car.y_m,
            heading_rad=car.heading_rad,
            speed_mps=car.speed_mps,
            along_m=along,
            deviation_m=float(place.deviation_m),
            half_width_m=HALF_WIDTH_M,
            heading_error_rad=float(wrapped(car.heading_rad - road.heading_rad)),
            completed=(self._driven_m + self._gained(along)) / self._lane.length_m,
        )

    def teacher(self) -> Command:
        return self._driver.command(self._car, self._place())

    @property
    def road(self) -> Road:
        """Points about half a metre apart."""
        points = int(self._lane.length_m * 2)
        pose = self._lane.pose(np.arange(points) * (self._lane.length_m / points))
        centre = np.stack((pose.x_m, pose.y_m), axis=1)
        return Road(centre, np.full(points, HALF_WIDTH_M), True, self._lane.length_m)

    def _place(self) -> Place:
        return self._lane.locate(self._car.x_m, self._car.y_m)

    def _gained(self, along_m: float) -> float:
        """Metres of road since progress was last noted; none where the car has cut across."""
        length = self._lane.length_m
        gained = (along_m - self._noted_at_m + length / 2) % length - length / 2
        return gained if abs(gained) <= MOST_GAINED_M else 0.0
