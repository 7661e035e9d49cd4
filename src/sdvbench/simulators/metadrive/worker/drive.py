"""One car on one road: reset it, let ticks pass, and tell how it stands."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .car import Car
from .route import Place, Route
from .scene import Camera, environment, prepare
from .teacher import Limits, Teacher

TICK_S = 0.01
TICKS_A_SECOND = 100
SETTLE_TICKS = 100  # after which the car no longer bounces on its springs
LOOK_TICKS = 5  # how often progress is noted
MOST_GAINED_M = 3 * 22.0 * LOOK_TICKS * TICK_S  # inside of a bend the road goes by faster


class Drive:
    """MetaDrive with one road. There can be one in a process.

    blocks: MetaDrive's description of the road. size: of images, width first. before_m, after_m: of
    its lanes, not part of the road. limits: of the teacher's commands.
    """

    def __init__(
        self,
        blocks: list[dict[str, Any]],
        lane_width_m: float,
        size: tuple[int, int],
        ends_m: tuple[float, float],
        limits: Limits,
    ) -> None:
        prepare()
        self._size = width, height = size
        self._half_width_m = lane_width_m / 2
        self._env = environment(blocks, lane_width_m, (width, height), TICK_S)
        self._restart()
        navigation = self._env.vehicle.navigation
        graph, names = navigation.map.road_network.graph, navigation.checkpoints
        lanes = [graph[start][end][0] for start, end in pairwise(names)]
        self._route = Route(lanes, *ends_m)
        self._teacher = Teacher(self._route, limits)

    def _restart(self) -> None:
        np.random.seed(0)  # MetaDrive draws the heights of surfaces from it
        self._env.reset(force_seed=0)
        self._vehicle = vehicle = self._env.vehicle
        self._camera = Camera(self._env, self._size)
        self._car = Car(
            vehicle.FRONT_WHEELBASE,
            vehicle.REAR_WHEELBASE,
            vehicle.MASS,
            math.radians(vehicle.max_steering),
            vehicle.config["max_engine_force"],
            vehicle.config["max_brake_force"],
            TICK_S,
        )

    def reset(
        self, aside_m: float, askew_rad: float, speed_mps: float, light: dict[str, Any]
    ) -> None:
        """aside_m, askew_rad: of the car from the centre line and the road's direction at the
        start, to the left. light: as ``Camera.light`` takes it."""
        self._restart()
        self._route.restart()
        for _ in range(SETTLE_TICKS):
            self._tick(0.0, -1.0)
        x, y = self._route.point(0.0)
        road_rad = self._route.locate(x, y).heading_rad
        heading = road_rad + askew_rad
        body, origin = self._vehicle.body, self._vehicle.origin
        origin.setPos(
            x - aside_m * math.sin(road_rad), y + aside_m * math.cos(road_rad), origin.getZ()
        )
        origin.setHpr(math.degrees(heading) - 90, 0, 0)
        still = body.getLinearVelocity() * 0
        body.setAngularVelocity(still)
        still.setX(speed_mps * math.cos(heading))
        still.setY(speed_mps * math.sin(heading))
        body.setLinearVelocity(still)
        self._camera.light(**light)
        self._ticks, self._cut_m = 0, 0.0
        self._noted_m = self._along(self._place())

    def image(self) -> NDArray[np.uint8]:
        return self._camera.image()

    def step(self, speed_mps: float, yaw_rate_radps: float, ticks: int) -> None:
        """Let ticks pass while the car follows a command."""
        steering = self._car.steering(speed_mps, yaw_rate_radps)
        for _ in range(ticks):
            self._tick(steering, self._car.throttle(speed_mps, self._speed()))
            self._ticks += 1
            if self._ticks % LOOK_TICKS == 0:
                along = self._along(self._place())
                self._cut_m += self._cut(along)
                self._noted_m = along

    def truth(self) -> dict[str, float]:
        """The fields of sdvbench's Truth."""
        place, position, heading = self._place(), self._vehicle.origin.getPos(), self._heading()
        along = self._along(place)
        driven = along - self._cut_m - self._cut(along)
        return {
            "time_s": self._ticks / TICKS_A_SECOND,
            "x_m": position[0],
            "y_m": position[1],
            "heading_rad": heading,
            "speed_mps": self._speed(),
            "along_m": along,
            "deviation_m": place.deviation_m,
            "half_width_m": self._half_width_m,
            "heading_error_rad": math.remainder(heading - place.heading_rad, math.tau),
            "completed": driven / self._route.length_m,
        }

    def teacher(self) -> dict[str, float]:
        position, heading = self._vehicle.origin.getPos(), self._heading()
        back = self._car.rear_m
        rear = (
            position[0] - back * math.cos(heading),
            position[1] - back * math.sin(heading),
        )
        speed, yaw_rate = self._teacher.command(self._place(), rear, heading)
        return {"speed_mps": speed, "yaw_rate_radps": yaw_rate}

    def road(self) -> tuple[float, NDArray[np.float64]]:
        """Its length in metres, and (n, 2) float64: points at most half a metre apart."""
        length = self._route.length_m
        along = np.linspace(0.0, length, math.ceil(2 * length) + 1)
        return length, np.array([self._route.point(float(at)) for at in along])

    def _tick(self, steering: float, throttle: float) -> None:
        self._vehicle._set_action((steering, throttle))
        self._env.engine.step_physics_world()

    def _place(self) -> Place:
        position = self._vehicle.origin.getPos()
        return self._route.locate(position[0], position[1])

    def _along(self, place: Place) -> float:
        return min(max(place.along_m, 0.0), self._route.length_m)

    def _cut(self, along_m: float) -> float:
        """Metres of road since progress was last noted that were not driven but cut across."""
        gained = along_m - self._noted_m
        return gained if abs(gained) > MOST_GAINED_M else 0.0

    def _speed(self) -> float:
        velocity = self._vehicle.body.getLinearVelocity()
        return math.hypot(velocity[0], velocity[1])

    def _heading(self) -> float:
        return math.remainder(math.radians(self._vehicle.origin.getH() + 90), math.tau)
