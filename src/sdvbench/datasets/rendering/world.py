"""The world of a scene in metres: what is where, how fast it moves, in which light."""

from dataclasses import dataclass
from math import cos, sin

from sdvbench.datasets.rendering.light import Colour, Light
from sdvbench.datasets.rendering.street import Building, Fixture

LANE_M = 3.6
REACH_M = 95.0  # beyond this nothing is large enough to be labelled


@dataclass(frozen=True)
class Mover:
    """An object that is labelled; standing ones have no speed.

    x_m to the right of the camera car's lane, z_m ahead of where it starts; yaw_rad 0 is away from
    the camera, clockwise from above.
    """

    kind: str
    x_m: float
    z_m: float
    x_mps: float
    z_mps: float
    yaw_rad: float
    size_m: tuple[float, float, float]
    colour: Colour
    style: int
    phase: float

    def place(self, time_s: float) -> tuple[float, float]:
        """Metres to the right of the lane and ahead of the start."""
        return self.x_m + self.x_mps * time_s, self.z_m + self.z_mps * time_s

    def reach_m(self) -> tuple[float, float]:
        """How far the object can reach from its place, across and along the road."""
        half, wide = 0.5 * self.size_m[0] + 0.3, 0.5 * self.size_m[1] + 0.3
        turned, straight = abs(sin(self.yaw_rad)), abs(cos(self.yaw_rad))
        return half * turned + wide * straight, half * straight + wide * turned


@dataclass(frozen=True)
class Street:
    """lanes: centre and direction (1 ours, -1 oncoming) of each; edges and pavement in metres."""

    lanes: tuple[tuple[float, int], ...]
    left_m: float
    right_m: float
    pavement_m: float
    ground: Colour
    crossing_m: float | None


@dataclass(frozen=True)
class World:
    """One scene; all randomness is spent when it is sampled, so that any time can be rendered."""

    light: Light
    street: Street
    movers: tuple[Mover, ...]
    fixtures: tuple[Fixture, ...]
    buildings: tuple[Building, ...]
    speed_mps: float
    camera_height_m: float
    focal_share: float
    horizon_share: float
    grain: int
