"""What lies behind the traffic: sky, skyline, ground with its road and markings, buildings."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.rendering.camera import Camera, Points
from sdvbench.datasets.rendering.light import Colour
from sdvbench.datasets.rendering.parts import dim
from sdvbench.datasets.rendering.street import Building, walls, windows
from sdvbench.datasets.rendering.world import LANE_M, Street, World

Canvas = NDArray[np.uint8]

SUBPIXEL_BITS = 4
FAR_M = 400.0
ASPHALT: Colour = (88, 88, 92)
PAVEMENT: Colour = (146, 142, 136)
KERB: Colour = (176, 174, 168)
PAINT: Colour = (214, 214, 208)
TILE_PX = 256


def fixed_point(pixels: Points) -> NDArray[np.int32]:
    """Edge coordinates as OpenCV's drawing takes them: from pixel centres, in 1/16 pixel."""
    return np.rint((pixels - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def paint_backdrop(world: World, camera: Camera, driven_m: float) -> Canvas:
    """A new (H, W, 3) uint8 RGB canvas with everything but objects and fixtures."""
    canvas = np.empty((camera.height_px, camera.width_px, 3), np.uint8)
    horizon = int(np.ceil(camera.horizon_px))
    _sky(world, camera, canvas[:horizon])
    canvas[horizon:] = _ground(world, camera, driven_m, horizon)
    for house in sorted(world.buildings, key=lambda building: -building.start_m):
        if house.start_m - driven_m < 110 and house.end_m - driven_m > 2:
            _building(world, camera, canvas, house, driven_m)
    return canvas


@cache
def grain() -> NDArray[np.float32]:
    """A square of smooth noise around 0, made once a process from a fixed seed."""
    noise = np.random.default_rng(0).standard_normal((TILE_PX, TILE_PX)).astype(np.float32)
    # Blurred with its neighbours, so that the tile continues without a seam.
    tiled, inner = np.tile(noise, (3, 3)), slice(TILE_PX, 2 * TILE_PX)
    smooth, coarse = (cv2.GaussianBlur(tiled, (0, 0), s)[inner, inner] for s in (1.2, 6.0))
    return np.asarray(smooth / smooth.std() + coarse / coarse.std(), dtype=np.float32)


def _sky(world: World, camera: Camera, sky: Canvas) -> None:
    # Nothing in the sky is sharp: a small one is painted and scaled up.
    small = 48
    rows = np.linspace(0, 1, small)[:, None, None] ** 1.3
    top, low = np.array(world.light.sky_top), np.array(world.light.sky_low)
    corner = world.grain % (TILE_PX - 40)
    clouds = grain()[corner : corner + 10, 0:24]
    clouds = np.asarray(cv2.resize(clouds, (small, small), interpolation=cv2.INTER_CUBIC))
    shades = top + (low - top) * rows + 5 * float(top.mean() / 160) * clouds[..., None]
    size = sky.shape[1], sky.shape[0]
    sky[:] = cv2.resize(shades.clip(0, 255).astype(np.uint8), size)
    steps = np.arange(0, 25)
    heights = 0.02 + 0.035 * np.abs(grain()[corner, : len(steps)])
    xs = steps * camera.width_px / 24
    ys = camera.horizon_px - camera.height_px * np.repeat(heights[::2], 2)[: len(xs)]
    outline = np.column_stack((np.repeat(xs, 2)[1:-1], np.repeat(ys, 2)[:-2]))
    corners = np.array([[camera.width_px, len(sky) + 2], [0, len(sky) + 2]], np.float64)
    hills = fixed_point(np.vstack((outline, corners)))
    colour = world.light.shade((96, 104, 108), 220)
    cv2.fillPoly(sky, [hills], colour, cv2.LINE_AA, SUBPIXEL_BITS)


def _ground(world: World, camera: Camera, driven_m: float, horizon: int) -> NDArray[np.uint8]:
    """Flat colours, then texture, light and haze by the distance of each row."""
    shape = (camera.height_px - horizon, camera.width_px)
    flat = np.tile(np.array(world.street.ground, np.uint8), shape).reshape(*shape, 3)
    for polygons, colour in _surfaces(world.street, driven_m):
        points = [fixed_point(camera.project(polygon) - (0, horizon)) for polygon in polygons]
        cv2.fillPoly(flat, points, colour, cv2.LINE_AA, SUBPIXEL_BITS)
    rows = np.arange(shape[0]) + horizon + 0.5
    distance = camera.focal_px * camera.height_m / np.maximum(rows - camera.horizon_px, 0.3)
    light, texels_per_m = world.light, 14.0
    half_size = np.diag((2.0, 1.0, 1.0))  # across, where the eye does not miss it
    texture = cv2.warpPerspective(
        grain(),
        _texture_map(camera, driven_m, horizon, texels_per_m) @ half_size,
        (shape[1] // 2, shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    rough = np.minimum(0.045, 0.9 / distance).astype(np.float32)
    texture = 128 + 128 * rough[:, None] * np.asarray(texture)
    clear = np.exp(-distance * light.haze_per_m)[:, None]
    beam = light.beam * np.exp(-distance / 18)[:, None]
    gain = 128 * (np.array(light.ambient) + beam) * clear
    haze = np.array(light.haze) * (1 - clear)
    # All in bytes, 128 standing for 1: in floats this would be a third of the image's time.
    rough_bytes = cv2.resize(cv2.convertScaleAbs(texture), (shape[1], shape[0]))
    lit = cv2.multiply(flat, cv2.merge([rough_bytes] * 3), scale=1 / 128)
    lit = cv2.multiply(lit, _across(gain, shape[1]), scale=1 / 128)
    return np.asarray(cv2.add(lit, _across(haze, shape[1])), np.uint8)


def _across(rows: Points, width_px: int) -> NDArray[np.uint8]:
    """One colour a row, (h, 3), as an image (h, width_px, 3) of bytes."""
    column = cv2.convertScaleAbs(rows[:, None, :])
    size = width_px, len(rows)
    return np.asarray(cv2.resize(column, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _texture_map(
    camera: Camera, driven_m: float, horizon: int, texels_per_m: float
) -> NDArray[np.float64]:
    """Ground pixel to texture, homogeneous: both divide by the distance below the horizon."""
    scale = texels_per_m * camera.height_m
    along = (driven_m * texels_per_m) % TILE_PX
    down = horizon - camera.horizon_px
    return np.array(
        [
            [scale, 0.0, -scale * camera.centre_x_px],
            [0.0, along, along * down + scale * camera.focal_px],
            [0.0, 1.0, down],
        ]
    )


def _surfaces(street: Street, driven_m: float) -> list[tuple[list[Points], Colour]]:
    """Strips and markings on the ground, each list in one colour, from below to above."""
    left, right, wide = street.left_m, street.right_m, street.pavement_m
    strips = [
        ([_strip(left - wide, right + wide)], PAVEMENT),
        ([_strip(left - 0.18, right + 0.18)], KERB),
        ([_strip(left, right)], ASPHALT),
    ]
    oncoming = max(x for x, direction in street.lanes if direction < 0) + LANE_M / 2
    lines = [_strip(oncoming - 0.16, oncoming - 0.04), _strip(oncoming + 0.04, oncoming + 0.16)]
    lines.append(_strip(left + 0.15, left + 0.27))
    inner = {x + LANE_M / 2 for x, _ in street.lanes} - {oncoming}
    for line in sorted(inner):
        start = 9.0 * np.floor(driven_m / 9) - driven_m
        for dash in np.arange(start, 90, 9):
            if dash > -1.5:
                lines.append(_strip(line - 0.06, line + 0.06, dash, dash + 3))
    if street.crossing_m is not None and street.crossing_m - driven_m > 4:
        near = street.crossing_m - driven_m - 1.6
        for stripe in np.arange(left + 0.4, right - 0.4, 1.0):
            lines.append(_strip(stripe, stripe + 0.5, near, near + 3.2))
        lines.append(_strip(oncoming, right, near - 1.5, near - 1.1))
    return [*strips, (lines, PAINT)]


def _strip(left: float, right: float, near: float = 0.0, far: float = FAR_M) -> Points:
    near, far = max(near, 1.2), max(far, 1.3)
    return np.array([(left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)], float)


def _building(
    world: World, camera: Camera, canvas: Canvas, house: Building, driven_m: float
) -> None:
    shift = np.array([0, 0, driven_m])
    for wall, across, brightness in zip(walls(house), (0, 1), (0.95, 0.7), strict=True):
        corners = wall - shift
        if corners[:, 2].max() < 2.5 or (across and corners[:, 2].min() < 2):
            continue
        near = corners.copy()
        near[:, 2] = np.maximum(near[:, 2], 2.0)
        distance = float(near[:, 2].mean())
        colour = world.light.shade(dim(house.colour, brightness), distance)
        pixels = fixed_point(camera.project(near))
        cv2.fillConvexPoly(canvas, pixels, colour, cv2.LINE_AA, SUBPIXEL_BITS)
        if corners[0, 2] > 80:
            continue  # too far for windows
        panes = windows(corners)
        panes = panes[(panes[:, :, 2].min(axis=1) > 2.5) & (panes[:, :, 2].max(axis=1) < 80)]
        if not len(panes):
            continue
        pixels = fixed_point(camera.project(panes.reshape(-1, 3))).reshape(-1, 4, 2)
        dark = world.light.shade((66, 76, 90), distance)
        cv2.fillPoly(canvas, list(pixels), dark, cv2.LINE_8, SUBPIXEL_BITS)
        if world.light.lamps:
            lit = world.light.shade((246, 214, 150), distance, emits=True)
            cv2.fillPoly(canvas, list(pixels[:: house.lit]), lit, cv2.LINE_8, SUBPIXEL_BITS)
