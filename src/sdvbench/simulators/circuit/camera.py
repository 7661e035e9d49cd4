"""The camera of the car: where each pixel looks."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEIGHT_M = 1.4  # above the ground
AHEAD_M = 1.5  # of the rear axle
DOWN_RAD = math.radians(9.0)
FIELD_OF_VIEW_RAD = math.radians(84.0)  # from left to right
FARTHEST_M = 400.0  # ground beyond is all haze

Rays = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """What the pixels of a pinhole camera see, in the car's own coordinates.

    The first ``sky_rows`` rows look at the sky, the others at flat ground; with no row of ground or
    of sky, that part is empty.

    ahead_m: (ground rows, 1) float32, from the rear axle to the ground that a row sees.
    left_m: (ground rows, width) float32, of the ground that a pixel sees.
    pixel_m: (ground rows,) float32, side of a square as large as the ground within a pixel.
    range_m: (ground rows,) float32, from the camera to the ground ahead.
    azimuth_rad, elevation_rad: (sky rows, width) float32, positive to the left and up.
    """

    ahead_m: Rays
    left_m: Rays
    pixel_m: Rays
    range_m: Rays
    azimuth_rad: Rays
    elevation_rad: Rays

    @property
    def sky_rows(self) -> int:
        return len(self.azimuth_rad)


def camera(height_px: int, width_px: int) -> Camera:
    """A camera with images of this size and square pixels."""
    focal_px = width_px / 2 / math.tan(FIELD_OF_VIEW_RAD / 2)
    left = (width_px / 2 - 0.5 - np.arange(width_px)) / focal_px
    up = (height_px / 2 - 0.5 - np.arange(height_px)) / focal_px
    ahead = math.cos(DOWN_RAD) + up * math.sin(DOWN_RAD)
    rise = up * math.cos(DOWN_RAD) - math.sin(DOWN_RAD)
    ground = rise < -HEIGHT_M / FARTHEST_M * ahead
    stretch = (HEIGHT_M / -rise[ground])[:, None]  # from a ray of length 1 ahead to the ground
    far = stretch[:, 0] * ahead[ground]
    wide_m = stretch[:, 0] / focal_px
    deep_m = wide_m * np.hypot(far, HEIGHT_M) / HEIGHT_M
    sky = ~ground
    return Camera(
        (far[:, None] + AHEAD_M).astype(np.float32),
        (stretch * left).astype(np.float32),
        np.sqrt(wide_m * deep_m).astype(np.float32),
        far.astype(np.float32),
        np.arctan2(left, ahead[sky][:, None]).astype(np.float32),
        np.arctan2(rise[sky][:, None], np.hypot(left, ahead[sky][:, None])).astype(np.float32),
    )
