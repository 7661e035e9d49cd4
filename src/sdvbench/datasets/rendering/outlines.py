"""From a body's parts in metres to polygons in pixels, many at a time."""

from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from sdvbench.datasets.rendering.camera import NEAR_M, Camera, Points, clip_near
from sdvbench.datasets.rendering.parts import Part

Outlines = list[tuple[Part, Points]]

# Half a circle around direction 0, from -90 to 90 degrees.
_ANGLES = np.linspace(-pi / 2, pi / 2, 8)
_HALF_DISC = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))


def placed(parts: list[Part], x_m: float, z_m: float, yaw_rad: float) -> Points:
    """All corners of the parts as (n, 3) points x, height, z from the camera's foot."""
    points = np.array([point for part in parts for point in part.points])
    forward, right = points[:, 0].copy(), points[:, 1].copy()
    sine, cosine = sin(yaw_rad), cos(yaw_rad)
    points[:, 0] = x_m + forward * sine + right * cosine
    points[:, 1] = points[:, 2]
    points[:, 2] = z_m + forward * cosine - right * sine
    return points


def outlines(camera: Camera, parts: list[Part], x_m: float, z_m: float, yaw_rad: float) -> Outlines:
    """The visible parts with their (n, 2) pixels in the order in which to paint them.

    A body is made of limbs, which are sorted from far to near, or of faces, which are in order.
    """
    points = placed(parts, x_m, z_m, yaw_rad)
    if parts[0].radius_m:
        return _limbs(camera, parts, points.reshape(-1, 2, 3))
    return _faces(camera, parts, points)


def _faces(camera: Camera, parts: list[Part], points: Points) -> Outlines:
    counts = [len(part.points) for part in parts]
    if points[:, 2].min() < NEAR_M:
        polygons = [clip_near(p) for p in np.split(points, np.cumsum(counts)[:-1])]
        parts = [part for part, p in zip(parts, polygons, strict=True) if len(p) > 2]
        polygons = [polygon for polygon in polygons if len(polygon) > 2]
        if not polygons:
            return []
        counts, points = [len(polygon) for polygon in polygons], np.concatenate(polygons)
    pixels = camera.project(points)
    ends = np.cumsum(counts)
    starts = ends - counts
    # Corners run counter-clockwise from outside; y points down, so the front has negative area.
    one, two = pixels[starts + 1] - pixels[starts], pixels[starts + 2] - pixels[starts]
    front = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] < 0
    spans = zip(parts, starts.tolist(), ends.tolist(), front.tolist(), strict=True)
    return [(part, pixels[start:end]) for part, start, end, seen in spans if seen]


def _limbs(camera: Camera, parts: list[Part], ends_m: NDArray[np.float64]) -> Outlines:
    """The hull of the two discs that the ends of each limb make, 16 corners."""
    beyond = ends_m[:, :, 2].min(axis=1) >= NEAR_M
    radii_m = np.array([part.radius_m for part in parts])
    order = np.argsort(radii_m - ends_m[:, :, 2].mean(axis=1), kind="stable")
    order = order[beyond[order]]
    ends_m = ends_m[order]
    centres = camera.project(ends_m.reshape(-1, 3)).reshape(-1, 2, 2)
    radii = radii_m[order, None] * camera.focal_px / ends_m[:, :, 2]
    along = centres[:, 1] - centres[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    # Seen end on, the larger disc covers the other.
    covered = length <= np.abs(radii[:, 1] - radii[:, 0])
    larger = np.argmax(radii, axis=1)
    rows = np.arange(len(order))
    centres[covered] = centres[rows, larger][covered][:, None, :]
    radii[covered] = radii[rows, larger][covered][:, None]
    unit = np.where(covered[:, None], (1.0, 0.0), along / np.maximum(length, 1e-9)[:, None])
    normal = unit[:, ::-1] * (-1, 1)
    half = _HALF_DISC[:, :1] * unit[:, None, :] + _HALF_DISC[:, 1:] * normal[:, None, :]
    last = centres[:, None, 1] + radii[:, None, 1:] * half
    first = centres[:, None, 0] - radii[:, None, :1] * half
    hulls = np.concatenate((last, first), axis=1)
    return [(parts[index], hull) for index, hull in zip(order.tolist(), hulls, strict=True)]
