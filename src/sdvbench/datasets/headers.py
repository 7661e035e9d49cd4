"""What the headers of image files say, without a look at the pixels."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from sdvbench.errors import DatasetError

ORIENTATION = 0x0112  # the EXIF tag
# Pillow's own limit, at which a picture takes 0.5 GB; OpenCV's is 2 ** 30 pixels.
LIMIT_PX = 178_956_970
LONGEST_SIDE_PX = 1 << 20  # OpenCV's limit
FOUR_BYTES = frozenset({"I", "F"})  # Pillow's modes of 32 bits a sample


@dataclass(frozen=True)
class Header:
    """What the header of an image file says. width_px, height_px: as the pixels are stored.
    orientation: EXIF's number, 1 where the file has none; 2 to 8 stand for turns and mirrors.
    tiff: whether it is a TIFF file, which decoders turn by themselves. alpha: whether its pixels
    have red, green, blue and alpha.
    """

    width_px: int
    height_px: int
    orientation: int = 1
    tiff: bool = False
    alpha: bool = False

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
        return parse_header(file, path)


def stored_size(path: Path) -> tuple[int, int]:
    """Width and height as the pixels are stored, without a look for EXIF data; of TIFF files those
    of the upright picture.

    Raises DatasetError where the file is not an image.
    """
    try:
        with Image.open(path) as image:
            return image.size
    except Exception as error:  # Pillow raises many types by where the damage is
        problem = f"has no readable image header ({error})"
        raise DatasetError(path, problem, "Fetch the file again") from error


def parse_header(file: IO[bytes], path: Path) -> Header:
    """As ``read_header``, of a file that is open; ``path`` is for messages."""
    try:
        with Image.open(file) as image:
            width, height = image.size
            pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            orientation, mode = _orientation(image), image.mode
            tiff = isinstance(image, TiffImageFile)
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
    if tiff and orientation >= 5:  # Pillow gives those of the upright picture
        width, height = height, width
    return Header(width, height, orientation, tiff, mode == "RGBA")


def _too_large(path: Path, pixels: str) -> DatasetError:
    problem = f"has {pixels} pixels, more than the limit of {LIMIT_PX}"
    return DatasetError(path, problem, "Scale it down or cut it into parts")


def _orientation(image: Image.Image) -> int:
    try:
        # For a TIFF file Pillow's getexif() would also look at XMP, which no decoder turns by.
        tags = image.tag_v2 if isinstance(image, TiffImageFile) else image.getexif()
        found = tags.get(ORIENTATION, 1)
    except Exception:  # a damaged EXIF block; the picture itself may be whole
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
