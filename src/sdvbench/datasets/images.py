"""Finding and decoding images."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sdvbench.datasets.files import files_below, read_bytes
from sdvbench.datasets.jpeg import damage
from sdvbench.errors import DatasetError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
ORIENTATION = 0x0112  # the EXIF tag
# Pillow's own limit, at which a picture takes 0.5 GB; OpenCV's is 2 ** 30 pixels.
LIMIT_PX = 178_956_970
LONGEST_SIDE_PX = 1 << 20  # OpenCV's limit
FOUR_BYTES = frozenset({"I", "F"})  # Pillow's modes of 32 bits a sample
# 12 and 14 bits a sample in a file of 16 stay below this; read as 16 they would be almost black.
LOWEST_PEAK_OF_16_BITS = 1 << 14
# Not IMREAD_COLOR_RGB, which gives wrong values for TIFF files of 16 bits (OpenCV 5.0.0).
RAW_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION


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

    A damaged EXIF block counts as none. Raises DatasetError where the file cannot be read or is not
    an image, and where it is one that cannot be used: more than LIMIT_PX pixels, a side longer than
    LONGEST_SIDE_PX, several pages or frames, 32 bits a sample.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DatasetError(path, f"cannot be read: {reason}", "Check path and rights") from error
    with file:
        return _header(file, path)


def read_image(path: Path, *, as_stored: bool = False) -> NDArray[np.uint8]:
    """Decode one image file to (H, W, 3) uint8 RGB.

    as_stored: leave the pixels as they are stored; otherwise the image is turned as its EXIF
        orientation says, which is how image viewers and most labelling tools show it. A TIFF file
        is always turned.

    Grey becomes RGB, transparency is left out, and 16 bits become 8 by their upper half. Raises
    DatasetError where the file cannot be read, is not an image, has lost a part of its data, or is
    one that ``read_header`` refuses; and where 16 bits a sample hold 14 or fewer.
    """
    data = read_bytes(path)
    header = _header(BytesIO(data), path)
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), RAW_FLAGS)
    except cv2.error as error:
        problem = f"cannot be decoded as an image: {error.err}"
        raise DatasetError(path, problem, "Fetch the file again") from error
    if decoded is None:
        raise DatasetError(path, "cannot be decoded as an image", "Fetch the file again")
    image = cv2.cvtColor(_eight_bits(decoded, path), cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    found = damage(data, image)
    if found:
        raise DatasetError(path, found, "Fetch the file again")
    return image if as_stored else _turned(image, header.orientation)


def _header(file: IO[bytes], path: Path) -> Header:
    try:
        with Image.open(file) as image:
            width, height = image.size
            pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            # Pillow, as OpenCV, has turned a TIFF file already.
            orientation = 1 if image.format == "TIFF" else _orientation(image)
            mode = image.mode
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(path, pixels[0] if pixels else "more") from error
    except Exception as error:  # Pillow raises many types by where the damage is
        problem = f"cannot be decoded as an image: no readable header ({error})"
        raise DatasetError(path, problem, "Fetch the file again") from error
    if width * height > LIMIT_PX:
        raise _too_large(path, f"{width * height}")
    if max(width, height) > LONGEST_SIDE_PX:
        problem = f"is {width}x{height} pixels, and no side may be longer than {LONGEST_SIDE_PX}"
        raise DatasetError(path, problem, "Cut it into parts")
    if pages > 1:
        remedy = "Save the one to use as a file of its own"
        raise DatasetError(path, f"holds {pages} pages or frames, not one image", remedy)
    if mode in FOUR_BYTES:
        problem = "has 32 bits a sample, and does not state which value is white"
        raise DatasetError(path, problem, "Convert it to 8 bits a sample")
    return Header(width, height, orientation)


def _too_large(path: Path, pixels: str) -> DatasetError:
    problem = f"has {pixels} pixels, more than the limit of {LIMIT_PX}"
    return DatasetError(path, problem, "Scale it down or cut it into parts")


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged EXIF block; the picture itself may be whole
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _eight_bits(decoded: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    if decoded.dtype == np.uint8:
        return decoded.astype(np.uint8, copy=False)
    if decoded.dtype != np.uint16:
        problem = f"has samples of type {decoded.dtype}, and does not state which value is white"
        raise DatasetError(path, problem, "Convert it to 8 bits a sample")
    peak = int(decoded.astype(np.uint16, copy=False).max())
    if peak < LOWEST_PEAK_OF_16_BITS:
        problem = (
            f"has 16 bits a sample, but its highest value is {peak} of 65535 "
            f"({peak.bit_length()} bits): read as it is, it would be almost black"
        )
        remedy = "Convert it to 8 bits, or scale its values to the whole range of 16 bits"
        raise DatasetError(path, problem, remedy)
    return (decoded.astype(np.uint16, copy=False) >> 8).astype(np.uint8)


def _turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The image upright; the orientations as EXIF numbers them."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
