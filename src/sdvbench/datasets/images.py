"""Finding and decoding images."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sdvbench.datasets.files import files_below, read_bytes
from sdvbench.errors import DatasetError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
ORIENTATION = 0x0112  # the EXIF tag


def find_images(folder: Path) -> list[Path]:
    """All image files below ``folder``, sorted by path; none at all is a DatasetError."""
    found = [path for path in files_below(folder) if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        suffixes = ", ".join(sorted(IMAGE_SUFFIXES))
        raise DatasetError(folder, "holds no image", f"Put images ({suffixes}) below it")
    return found


@dataclass(frozen=True)
class Header:
    """What the header of an image file says. width_px, height_px: as the pixels are stored.
    orientation: EXIF's number, 1 where the file has none; 2 to 8 stand for turns and mirrors.
    """

    width_px: int
    height_px: int
    orientation: int = 1

    @property
    def upright_px(self) -> tuple[int, int]:
        """Width and height after the turn that the orientation asks for."""
        size = self.width_px, self.height_px
        return size[::-1] if self.orientation >= 5 else size


def read_header(path: Path) -> Header:
    """Size and orientation of an image file, without decoding its pixels.

    Raises DatasetError where the file cannot be read or is not an image.
    """
    try:
        with Image.open(path) as image:
            found = image.getexif().get(ORIENTATION, 1)
            orientation = found if isinstance(found, int) and 1 <= found <= 8 else 1
            return Header(image.width, image.height, orientation)
    except Exception as error:  # Pillow raises many types by where the damage is
        problem = f"has no readable image header ({error})"
        raise DatasetError(path, problem, "Fetch the file again") from error


def read_image(path: Path, *, as_stored: bool = False) -> NDArray[np.uint8]:
    """Decode one image file to (H, W, 3) uint8 RGB.

    as_stored: leave the pixels as they are stored; otherwise the image is turned as its EXIF
        orientation says, which is how image viewers and most labelling tools show it.

    Raises DatasetError where the file cannot be read or is not an image.
    """
    flags = cv2.IMREAD_COLOR_RGB | (cv2.IMREAD_IGNORE_ORIENTATION if as_stored else 0)
    data = np.frombuffer(read_bytes(path), np.uint8)
    decoded = cv2.imdecode(data, flags) if data.size else None
    if decoded is None:
        raise DatasetError(path, "cannot be decoded as an image", "Fetch the file again")
    return np.asarray(decoded, dtype=np.uint8)
