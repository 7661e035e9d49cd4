"""The size of the images that a network takes: the side of a square, or height and width."""

import re
from collections.abc import Sequence

from sdvbench.errors import OptionError

ImageSize = int | tuple[int, int]  # pixels; (height, width) of a rectangle

STRIDE_PX = 32  # detectors halve the image five times
RECTANGLE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


def height_width(size: ImageSize) -> tuple[int, int]:
    """Height and width in pixels."""
    return (size, size) if isinstance(size, int) else size


def plain(size: Sequence[int] | int) -> ImageSize:
    """One number for a square, else (height, width), also of a list, as JSON has it."""
    if isinstance(size, int):
        return size
    height, width = size
    return height if height == width else (height, width)


def written(size: ImageSize) -> int | str:
    """As JSON, options and messages have it: 640, or "384x640" (height first)."""
    height, width = height_width(size)
    return height if height == width else f"{height}x{width}"


def parse_image_size(text: object) -> ImageSize:
    """The size that ``written`` gave, also as text, such as "640". A square becomes one number.

    Raises ValueError for anything else.
    """
    found = RECTANGLE.fullmatch(str(text).strip().lower())
    if found:
        return plain((int(found[1]), int(found[2])))
    try:
        side = int(str(text))
    except ValueError:
        side = 0
    if side < 1:
        raise ValueError("is neither a number of pixels nor HEIGHTxWIDTH")
    return side


def check_image_size(imgsz: ImageSize) -> None:
    """Raise OptionError unless a detector takes images of ``imgsz`` pixels."""
    if any(side < STRIDE_PX or side % STRIDE_PX for side in height_width(imgsz)):
        sides = "has a side that is not" if isinstance(imgsz, tuple) else "is not"
        raise OptionError(
            f"image size {written(imgsz)}",
            f"{sides} a positive multiple of {STRIDE_PX}",
            "Use 640 or 384x640, for example",
        )
