"""Pictures made anew from those of a data set: mosaics and mirror images."""

from collections.abc import Sequence

import numpy as np

from sdvbench.tasks.detection.letterbox import PADDING
from sdvbench.tasks.detection.training.picture import Picture

SCALES = (0.5, 1.5)  # of the pictures of a mosaic
# What is left of an object is one itself, if it is so large and as much of it is still to be seen.
SMALLEST_PX, SMALLEST_SHARE = 2.0, 0.1


def plain(picture: Picture, imgsz: int) -> Picture:
    """``picture``, whose longer side is ``imgsz``, in the middle of a grey square."""
    height, width = picture.image.shape[:2]
    return _composed([picture], [((imgsz - width) // 2, (imgsz - height) // 2)], imgsz)


def mosaic(pictures: Sequence[Picture], imgsz: int, rng: np.random.Generator) -> Picture:
    """Four pictures, each scaled by chance, that meet in a point of the square by chance."""
    x, y = (round(float(rng.uniform(0.25, 0.75)) * imgsz) for _ in range(2))
    scaled = [one.scaled(float(rng.uniform(*SCALES))) for one in pictures]
    corners = []
    for index, one in enumerate(scaled):
        height, width = one.image.shape[:2]
        corners.append((x - width if index % 2 == 0 else x, y - height if index < 2 else y))
    return _composed(scaled, corners, imgsz)


def _composed(
    pictures: Sequence[Picture], corners: Sequence[tuple[int, int]], imgsz: int
) -> Picture:
    """Pictures on a grey square, the top left corner of each at its place; the rest is cut off."""
    square = np.full((imgsz, imgsz, 3), PADDING, np.uint8)
    boxes, classes = [], []
    for one, (left, top) in zip(pictures, corners, strict=True):
        height, width = one.image.shape[:2]
        x1, y1 = max(left, 0), max(top, 0)
        x2, y2 = min(left + width, imgsz), min(top + height, imgsz)
        if x1 >= x2 or y1 >= y2:
            continue
        square[y1:y2, x1:x2] = one.image[y1 - top : y2 - top, x1 - left : x2 - left]
        moved = one.boxes + np.array([left, top] * 2, np.float32)
        clipped = np.clip(moved, [x1, y1] * 2, [x2, y2] * 2).astype(np.float32)
        sides = clipped[:, 2:] - clipped[:, :2]
        share = sides.prod(1) / np.maximum((moved[:, 2:] - moved[:, :2]).prod(1), 1e-9)
        kept = (sides >= SMALLEST_PX).all(1) & (share >= SMALLEST_SHARE)
        boxes.append(clipped[kept])
        classes.append(one.classes[kept])
    none = np.empty((0, 4), np.float32), np.empty(0, np.int64)
    return Picture(square, np.concatenate([none[0], *boxes]), np.concatenate([none[1], *classes]))
