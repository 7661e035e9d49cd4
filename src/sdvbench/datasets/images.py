"""Finding and decoding images."""

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sdvbench.datasets.files import files_below, read_bytes
from sdvbench.datasets.headers import Header, parse_header
from sdvbench.datasets.jpeg import damage
from sdvbench.errors import DatasetError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
TURNED_BACK = {6: 8, 8: 6}  # each other orientation undoes itself
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


def read_image(path: Path, *, as_stored: bool = False) -> NDArray[np.uint8]:
    """Decode one image file to (H, W, 3) uint8 RGB.

    as_stored: leave the pixels as they are stored; otherwise the image is turned as its EXIF
        orientation says, which is how image viewers and most labelling tools show it.

    Grey becomes RGB, transparency is left out, and 16 bits become 8 by their upper half. Raises
    DatasetError where the file cannot be read, is not an image, has lost a part of its data, or is
    one that ``read_header`` refuses; and where 16 bits a sample hold 14 or fewer.
    """
    data = read_bytes(path)
    header = parse_header(BytesIO(data), path)
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), RAW_FLAGS)
    except cv2.error as error:
        problem = f"cannot be decoded as an image: {error.err}"
        raise DatasetError(path, problem, "Fetch the file again") from error
    if decoded is None:
        raise DatasetError(path, "cannot be decoded as an image", "Fetch the file again")
    if header.tiff and header.alpha and decoded.dtype == np.uint8:
        return _turned(_without_alpha(data, path), _after_decoding(header, as_stored))
    image = cv2.cvtColor(_eight_bits(decoded, path), cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    found = damage(data, image)
    if found:
        raise DatasetError(path, found, "Fetch the file again")
    return _turned(image, _after_decoding(header, as_stored))


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


def _without_alpha(data: bytes, path: Path) -> NDArray[np.uint8]:
    """The colours of a TIFF file as RGB, upright; OpenCV would multiply them by alpha."""
    try:
        with Image.open(BytesIO(data)) as image:
            image.info.pop("xmp", None)  # OpenCV does not turn by it, nor is it in the header
            return np.array(image.convert("RGB"))
    except Exception as error:  # Pillow raises many types by where the damage is
        problem = f"cannot be decoded as an image: {error}"
        raise DatasetError(path, problem, "Fetch the file again") from error


def _after_decoding(header: Header, as_stored: bool) -> int:
    """The orientation by which a decoded image is still to be turned."""
    if not header.tiff:
        return 1 if as_stored else header.orientation
    return TURNED_BACK.get(header.orientation, header.orientation) if as_stored else 1


def _turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The image upright; the orientations as EXIF numbers them."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
