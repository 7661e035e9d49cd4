"""Paints a world at a time: backdrop, shadows, objects from far to near, then the lens."""

from dataclasses import dataclass
from functools import cache
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.rendering.backdrop import (
    SUBPIXEL_BITS,
    Canvas,
    fixed_point,
    paint_backdrop,
)
from sdvbench.datasets.rendering.bodies import bodies
from sdvbench.datasets.rendering.camera import NEAR_M, Camera, Points, clip_near
from sdvbench.datasets.rendering.lens import through_lens
from sdvbench.datasets.rendering.light import Colour, Light
from sdvbench.datasets.rendering.outlines import outlines, placed
from sdvbench.datasets.rendering.parts import Part
from sdvbench.datasets.rendering.street import Fixture, fixture
from sdvbench.datasets.rendering.world import REACH_M, Mover, World

CLASSES = ("car", "truck", "pedestrian", "cyclist", "traffic light")
MIN_VISIBLE = 0.2
MIN_SIDE_PX = 3.0
MIN_AREA_PX = 36.0


@dataclass(frozen=True)
class Rendering:
    """image (H, W, 3) uint8 RGB; boxes (n, 4) float32 pixels; classes and movers (n,) int64.

    movers: the index of each box's object in the world, the same at all times.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    movers: NDArray[np.int64]


def camera_of(world: World, height_px: int, width_px: int) -> Camera:
    """The camera of the world's car for an image of this size; the view is as wide at any size."""
    return Camera(
        width_px=width_px,
        height_px=height_px,
        focal_px=world.focal_share * width_px,
        centre_x_px=width_px / 2,
        horizon_px=world.horizon_share * height_px,
        height_m=world.camera_height_m,
    )


def render(world: World, time_s: float, height_px: int, width_px: int) -> Rendering:
    """The world ``time_s`` seconds after its start, seen from the moving camera car.

    A box is the extent of what was drawn of the object within the image, hidden parts included.
    Left out are objects of whose part within the image less than MIN_VISIBLE is seen, others being
    in front, and boxes with a side under MIN_SIDE_PX or an area under MIN_AREA_PX.
    """
    camera, driven_m = camera_of(world, height_px, width_px), world.speed_mps * time_s
    painter = Painter(world.light, camera, paint_backdrop(world, camera, driven_m))
    things: list[tuple[float, float, int, Mover | Fixture]] = []
    for index, mover in enumerate(world.movers):
        x, z = mover.place(time_s)
        if _in_view(x, z - driven_m, mover.reach_m(), world.focal_share):
            things.append((x, z - driven_m, index, mover))
    for fixed in world.fixtures:
        reach = 0.4 * fixed.height_m, 0.4 * fixed.height_m
        if _in_view(fixed.x_m, fixed.z_m - driven_m, reach, world.focal_share):
            things.append((fixed.x_m, fixed.z_m - driven_m, -1, fixed))
    things.sort(key=lambda entry: (-hypot(entry[0], entry[1]), entry[2]))
    painter.shadows([(x, z, thing) for x, z, _, thing in things if isinstance(thing, Mover)])
    for x, z, index, thing in things:
        if isinstance(thing, Fixture):
            painter.body(fixture(thing, world.light.lamps), x, z, 0.0, thing.height_m)
        else:
            painter.mover(thing, index, x, z, time_s)
    return painter.rendering(world, world.grain + round(time_s * 1000))


@dataclass
class _Drawn:
    mover: int
    extent: tuple[float, float, float, float]
    pixels: int


class Painter:
    """A canvas, and ``front``, (H, W) uint16: which object is seen in a pixel, counted from 1."""

    def __init__(self, light: Light, camera: Camera, canvas: Canvas) -> None:
        self._light, self._camera, self._canvas = light, camera, canvas
        self.front: NDArray[np.uint16] = np.zeros(canvas.shape[:2], np.uint16)
        self._drawn: list[_Drawn] = []

    def mover(self, mover: Mover, index: int, x: float, z: float, time_s: float) -> None:
        """Paint one object and keep the extent of its silhouette."""
        number = len(self._drawn) + 1
        extents = []
        for parts in bodies(mover, time_s, self._light.lamps):
            extent = self.body(parts, x, z, mover.yaw_rad, mover.size_m[2], number)
            extents += [extent] if extent is not None else []
        if extents:
            low, high = np.min(extents, axis=0), np.max(extents, axis=0)
            extent = (float(low[0]), float(low[1]), float(high[2]), float(high[3]))
            extent = self._within(number, extent)
            self._drawn.append(_Drawn(index, extent, self._seen(number, extent)))

    def _within(
        self, number: int, extent: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        """The extent of the part inside the image, of an object that has just been painted.

        Clipping is not enough: the lowest point of a car may lie beside the image.
        """
        height, width = self.front.shape
        x1, y1, x2, y2 = extent
        if x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height:
            return extent
        mask = np.asarray(self.front == number, dtype=np.uint8)
        left, top, wide, high = cv2.boundingRect(mask)
        return max(x1, left), max(y1, top), min(x2, left + wide), min(y2, top + high)

    def body(
        self, parts: list[Part], x: float, z: float, yaw: float, height_m: float, number: int = 0
    ) -> tuple[float, float, float, float] | None:
        """Paint parts around a place; the extent of their outline, None where nothing is seen."""
        height_px = self._camera.focal_px * height_m / max(z, NEAR_M)
        if height_px < 14:
            parts = [part for part in parts if part.outline or part.emits or part.radius_m]
        shapes = outlines(self._camera, parts, x, z, yaw)
        if not shapes:
            return None
        fixed = fixed_point(np.concatenate([pixels for _, pixels in shapes]))
        corners, start, shades = [], 0, self._light.shades(hypot(x, z))
        for part, pixels in shapes:
            polygon, start = fixed[start : start + len(pixels)], start + len(pixels)
            shade = shades(part.colour, part.emits)
            cv2.fillConvexPoly(self._canvas, polygon, shade, cv2.LINE_AA, SUBPIXEL_BITS)
            if part.outline or part.radius_m:
                cv2.fillConvexPoly(self.front, polygon, number, cv2.LINE_8, SUBPIXEL_BITS)
                corners.append(pixels)
            if part.glow:
                self._glow(pixels, shade)
        if not corners:
            return None
        every = np.concatenate(corners)
        low, high = every.min(axis=0).tolist(), every.max(axis=0).tolist()
        return low[0], low[1], high[0], high[1]

    def _glow(self, pixels: Points, colour: Colour) -> None:
        """Light that spills over the lamp's edge, more at night than by day."""
        spill = 1.6 if max(self._light.ambient) > 0.5 else 3.2
        radius = int(spill * float(np.ptp(pixels[:, 1])) + 1.5)
        x, y = int(pixels[:, 0].mean()), int(pixels[:, 1].mean())
        left, top = max(x - radius, 0), max(y - radius, 0)
        target = self._canvas[top : max(y + radius + 1, 0), left : max(x + radius + 1, 0)]
        if radius < 2 or radius > 80 or not target.size:
            return
        size = 2 * radius + 1
        sprite = cv2.resize(_halo(), (size, size), interpolation=cv2.INTER_AREA)
        sprite = sprite[top - y + radius :, left - x + radius :]
        sprite = sprite[: target.shape[0], : target.shape[1], None]
        light = (sprite * (np.array(colour, np.float32) * 0.5)).astype(np.uint8)
        target[:] = cv2.add(target, light)

    def shadows(self, things: list[tuple[float, float, Mover]]) -> None:
        """Darken the ground below all objects at once."""
        camera = self._camera
        mask = np.zeros(self.front.shape, np.uint8)
        for x, z, mover in things:
            if mover.kind == "traffic light":
                continue
            half, wide = 0.5 * mover.size_m[0] + 0.12, 0.5 * mover.size_m[1] + 0.1
            part = Part(((-half, -wide, 0), (half, -wide, 0), (half, wide, 0), (-half, wide, 0)),
                        (0, 0, 0))  # fmt: skip
            corners = clip_near(placed([part], x, z, mover.yaw_rad))
            if len(corners):
                pixels = fixed_point(camera.project(corners))
                cv2.fillConvexPoly(mask, pixels, 255, cv2.LINE_AA, SUBPIXEL_BITS)
        top = int(camera.horizon_px)
        soft = cv2.blur(mask[top:], (7, 3))
        keep = cv2.convertScaleAbs(soft, alpha=-0.35 - 0.5 * self._light.shadow, beta=255)
        ground = self._canvas[top:]
        ground[:] = cv2.multiply(ground, cv2.merge([keep] * 3), scale=1 / 255)

    def rendering(self, world: World, noise_seed: int) -> Rendering:
        """What is on the canvas, with the labels of what can be seen of it."""
        kept: list[tuple[tuple[float, ...], int, int]] = []
        for number, drawn in enumerate(self._drawn, start=1):
            box = drawn.extent
            wide, high = box[2] - box[0], box[3] - box[1]
            if min(wide, high) < MIN_SIDE_PX or wide * high < MIN_AREA_PX:
                continue
            if self._seen(number, drawn.extent) >= MIN_VISIBLE * max(drawn.pixels, 1):
                kind = CLASSES.index(world.movers[drawn.mover].kind)
                kept.append((box, kind, drawn.mover))
        return Rendering(
            image=through_lens(self._canvas, self._light, noise_seed),
            boxes=np.array([box for box, _, _ in kept], np.float32).reshape(-1, 4),
            classes=np.array([kind for _, kind, _ in kept], np.int64),
            movers=np.array([mover for _, _, mover in kept], np.int64),
        )

    def _seen(self, number: int, extent: tuple[float, float, float, float]) -> int:
        x1, y1, x2, y2 = (max(int(value), 0) for value in extent)
        return int(np.count_nonzero(self.front[y1 : y2 + 2, x1 : x2 + 2] == number))


def _in_view(x_m: float, z_m: float, reach_m: tuple[float, float], focal_share: float) -> bool:
    """Whether something that reaches so far across and along can be in the image."""
    farthest = z_m + reach_m[1]
    nearest = abs(x_m) - reach_m[0]
    return farthest > NEAR_M and z_m < REACH_M and nearest < farthest * 0.5 / focal_share


@cache
def _halo() -> NDArray[np.float32]:
    axis = np.linspace(-1, 1, 129, dtype=np.float32)
    distance = np.hypot(axis[:, None], axis[None, :])
    return np.asarray(np.clip(1 - distance, 0, 1) ** 2, dtype=np.float32)
