"""Size and orientation of many image files in little time."""

from pathlib import Path

from PIL import Image

from sdvbench.errors import DatasetError

HEAD_BYTES = 16_384  # EXIF data of JPEG and PNG stand before the pixels, mostly at the very start
MARKS = (b"Exif\0\0", b"eXIf")
WEBP_EXIF_BIT = 8


def stored_size(path: Path) -> tuple[int, int]:
    """Width and height as the pixels are stored, without a look for EXIF data; of TIFF files those
    of the upright picture, which both Pillow and OpenCV give in any case.

    Raises DatasetError where the file is not an image.
    """
    try:
        with Image.open(path) as image:
            return image.size
    except Exception as error:  # Pillow raises many types by where the damage is
        problem = f"has no readable image header ({error})"
        raise DatasetError(path, problem, "Fetch the file again") from error


def may_be_turned(path: Path) -> bool:
    """Whether a JPEG, PNG or WebP file has EXIF data; False too where it cannot be read, which the
    decoder reports later.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    if head[:4] == b"RIFF":
        return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & WEBP_EXIF_BIT)
    return any(mark in head for mark in MARKS) and head[:2] not in (b"II", b"MM")
