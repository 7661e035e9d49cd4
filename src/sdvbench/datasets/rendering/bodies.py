"""From an object of the world to the parts it is painted with."""

from math import cos, pi

from sdvbench.datasets.rendering.parts import Part
from sdvbench.datasets.rendering.people import cyclist, pedestrian
from sdvbench.datasets.rendering.street import traffic_light
from sdvbench.datasets.rendering.vehicles import car, truck
from sdvbench.datasets.rendering.world import Mover


def bodies(mover: Mover, time_s: float, lamps: bool) -> list[list[Part]]:
    """The object's bodies, the farther first."""
    length, width, height = mover.size_m
    if mover.kind == "truck":
        cab, load = truck(length, width, height, mover.colour, mover.style, lamps)
        return [cab, load] if cos(mover.yaw_rad) > 0 else [load, cab]
    if mover.kind == "car":
        return [car(length, width, height, mover.colour, mover.style, lamps)]
    if mover.kind == "pedestrian":
        stride = mover.phase + time_s * 2 * pi * 0.9
        return [pedestrian(height, mover.colour, mover.style, stride)]
    if mover.kind == "cyclist":
        stride = mover.phase + time_s * 2 * pi * 1.1
        return [cyclist(height, mover.colour, mover.style, stride)]
    state = (0, 2, 1)[int(mover.phase + time_s / 8) % 3]  # red, green, amber
    return [traffic_light(height, state)]
