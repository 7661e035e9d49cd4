"""What the camera sees: inverse perspective mapping of the ground, with the sky above.

Of each pixel of ground the place in the world is known; the distance of that place to the centre
line is looked up, and the colour of that distance, averaged over what the pixel covers.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sdvbench.simulators.circuit import ground, sky
from sdvbench.simulators.circuit.camera import Camera
from sdvbench.simulators.circuit.car import Car
from sdvbench.simulators.circuit.ground import CELL_M, GRAIN_M, GRAIN_PX, DistanceMap
from sdvbench.simulators.circuit.light import Light

Image = NDArray[np.uint8]
Rows = NDArray[np.float32]

GRAIN_IN_CELL = CELL_M / GRAIN_M
ABOVE_0_PX = 1 << 15  # whole tiles that are added to a place, so that none is negative
FIRST_EXPONENT = int(np.float32(ground.BIN_M).view(np.int32)) >> 22


class View:
    """The world of one circuit in one light, seen by one camera.

    panorama: of the sky, as ``sky.panorama`` gives it.
    """

    def __init__(
        self, camera: Camera, distances: DistanceMap, panorama: NDArray[np.float64], light: Light
    ) -> None:
        self._camera, self._distances = camera, distances
        self._colours = ground.colours(light.gain)
        self._grain, starts = ground.grain()
        coarse = np.log2(np.maximum(camera.pixel_m / GRAIN_M, 1))
        level = np.minimum(np.rint(coarse), ground.GRAIN_LEVELS - 1).astype(np.int32)[:, None]
        self._grain_level, self._grain_start = level, starts[level]
        self._grain_in_px = (0.5**level).astype(np.float32)
        self._grain_in_cell = self._grain_in_px * np.float32(GRAIN_IN_CELL)
        self._grain_shift_px = [ABOVE_0_PX + shift for shift in light.grain_shift_px]
        clear = np.exp(-camera.range_m / light.haze_m)[:, None].astype(np.float32)
        self._clear, self._grain_gain = clear, clear * np.float32(light.grain)
        lit = np.minimum(sky.HAZE * light.gain, 255)
        self._haze = [(1 - clear) * np.float32(channel) + np.float32(0.5) for channel in lit]
        self._sky = np.rint(np.minimum(panorama * light.gain, 255)).astype(np.uint8).reshape(-1, 3)
        above = np.clip(camera.elevation_rad / sky.STEP_RAD, 0, sky.HIGH_PX - 1).astype(np.int32)
        self._sky_row = above * sky.AROUND_PX
        self._around = camera.azimuth_rad / np.float32(sky.STEP_RAD) + np.float32(sky.AROUND_PX)

    def seen_from(self, car: Car) -> Image:
        """(height, width, 3) uint8 RGB."""
        rows, columns = self._camera.left_m.shape
        image = np.empty((self._camera.sky_rows + rows, columns, 3), np.uint8)
        image[: self._camera.sky_rows] = self._sky_around(car.heading_rad)
        if rows:
            self._paint_ground(car, image[self._camera.sky_rows :])
        return image

    def _sky_around(self, heading_rad: float) -> Image:
        turned = np.float32((heading_rad / sky.STEP_RAD) % sky.AROUND_PX)
        column = (self._around + turned).astype(np.int32) & (sky.AROUND_PX - 1)
        image: Image = self._sky.take(self._sky_row + column, axis=0)
        return image

    def _paint_ground(self, car: Car, image: Image) -> None:
        column, row = self._in_cells(car)
        index = self._colour_index(self._distances.at(column, row))
        bright = self._grain_at(column, row)
        bright *= self._colours[3].take(index)
        bright *= self._grain_gain
        bright += self._clear
        for channel, haze in enumerate(self._haze):
            lit = self._colours[channel].take(index)
            lit *= bright
            np.add(lit, haze, out=image[..., channel], casting="unsafe")

    def _in_cells(self, car: Car) -> tuple[Rows, Rows]:
        """Where the pixels' ground is, in cells of the distance map."""
        ahead = np.float32(math.cos(car.heading_rad) / CELL_M)
        aside = np.float32(math.sin(car.heading_rad) / CELL_M)
        camera, distances = self._camera, self._distances
        column = camera.ahead_m * ahead + np.float32((car.x_m - distances.left_m) / CELL_M)
        row = camera.ahead_m * aside + np.float32((car.y_m - distances.low_m) / CELL_M)
        return column - camera.left_m * aside, row + camera.left_m * ahead

    def _grain_at(self, column: Rows, row: Rows) -> Rows:
        """-1 to 1, from the size of tile that fits the pixels of a row."""
        across, along = self._grain_shift_px
        side = GRAIN_PX >> self._grain_level
        first, second = column * self._grain_in_cell, row * self._grain_in_cell
        first += self._grain_in_px * np.float32(across)
        second += self._grain_in_px * np.float32(along)
        place = second.astype(np.int32) & (side - 1)
        place *= side
        place += first.astype(np.int32) & (side - 1)
        place += self._grain_start
        grain: Rows = self._grain.take(place)
        return grain

    @staticmethod
    def _colour_index(distance_m: Rows) -> NDArray[np.intp]:
        """In ``ground.colours``. A pixel covers as much distance as it differs from its neighbours
        by; the bits of a float hold the exponent, and from bit 22 on twice its logarithm, nearly.
        """
        covered = np.empty_like(distance_m)
        np.abs(distance_m[:, 2:] - distance_m[:, :-2], out=covered[:, 1:-1])
        covered[:, 0], covered[:, -1] = covered[:, 1], covered[:, -2]
        covered *= np.float32(0.5)
        deep = np.abs(distance_m[1:] - distance_m[:-1])
        np.maximum(covered[1:], deep, out=covered[1:])
        np.maximum(covered[:1], deep[:1], out=covered[:1])
        level = (covered.view(np.int32) >> 22) - FIRST_EXPONENT
        np.clip(level, 0, ground.LEVELS - 1, out=level)
        bins = distance_m * np.float32(1 / ground.BIN_M)
        bins += np.float32(ground.BINS / 2)
        place = np.clip(bins, np.float32(0), np.float32(ground.BINS - 1)).astype(np.int32)
        level *= np.int32(ground.BINS)
        level += place
        return level.astype(np.intp)
