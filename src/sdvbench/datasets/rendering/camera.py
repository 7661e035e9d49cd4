"""A pinhole camera above the road: metres to pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

# Nearer than this nothing is drawn: the projection runs away towards the camera's plane.
NEAR_M = 0.6


@dataclass(frozen=True)
class Camera:
    """Looks along the road; x to the right, height upward, z forward, all from the road below it.

    Pixels are edge coordinates: the first pixel of a row covers 0 to 1.
    """

    width_px: int
    height_px: int
    focal_px: float
    centre_x_px: float
    horizon_px: float
    height_m: float

    def project(self, points_m: Points) -> Points:
        """(n, 3) points x, height, z in metres, z at least NEAR_M -> (n, 2) pixels."""
        scale = self.focal_px / points_m[:, 2]
        pixels = np.empty((len(points_m), 2))
        pixels[:, 0] = self.centre_x_px + scale * points_m[:, 0]
        pixels[:, 1] = self.horizon_px + scale * (self.height_m - points_m[:, 1])
        return pixels


def clip_near(polygon_m: Points) -> Points:
    """The part of an (n, 3) polygon beyond NEAR_M, (0, 3) where there is none."""
    kept: list[Points] = []
    for here, after in zip(polygon_m, np.roll(polygon_m, -1, axis=0), strict=True):
        if here[2] >= NEAR_M:
            kept.append(here)
        if (here[2] >= NEAR_M) != (after[2] >= NEAR_M):
            kept.append(here + (after - here) * (NEAR_M - here[2]) / (after[2] - here[2]))
    return np.array(kept).reshape(-1, 3)
