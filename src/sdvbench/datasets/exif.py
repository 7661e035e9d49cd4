"""Whether an image file may state an orientation, found out in little time for many files."""

from io import FileIO
from pathlib import Path

WEBP_EXIF_OR_XMP = 0b1100
JPEG_PIXELS = 0xDA
# What usually precedes the pixels: tables, frames, restart interval, APP0 and APP2 on, comments.
JPEG_SEGMENTS = frozenset({*range(0xC0, 0xC8), 0xDB, 0xDD, 0xE0, *range(0xE2, 0xF0), 0xFE})
PNG_NOTES = (b"XML:com.adobe.xmp", b"Raw profile type exif")


def may_be_turned(path: Path) -> bool:
    """Whether a file may state an orientation, for ``read_header`` to find out: False only for
    JPEG, PNG and WebP files that hold neither EXIF data nor XMP. False too where it cannot be read,
    which the decoder reports later.
    """
    try:
        with path.open("rb", buffering=0) as file:
            head = file.read(21)
            if head.startswith(b"\xff\xd8"):
                return _jpeg_has_notes(file)
            if head.startswith(b"\x89PNG\r\n\x1a\n"):
                return _png_has_notes(file)
    except OSError:
        return False
    if head.startswith(b"RIFF"):
        return head[12:16] == b"VP8X" and bool(head[-1] & WEBP_EXIF_OR_XMP)
    return True


def _jpeg_has_notes(file: FileIO) -> bool:
    """Whether a segment before the pixels is one for EXIF or XMP; other long ones, such as colour
    profiles, may stand before it.
    """
    file.seek(2)
    while len(head := file.read(4)) == 4:
        if head.startswith(b"\xff\xff"):  # a fill byte, of which any number may precede a marker
            file.seek(-3, 1)
            continue
        mark, code, length = head[0], head[1], int.from_bytes(head[2:], "big")
        if mark == 0xFF and code == JPEG_PIXELS:
            return False
        if mark != 0xFF or code not in JPEG_SEGMENTS or length < 2:
            return True  # EXIF, XMP, or damage, which the header's reader passes or names
        file.seek(length - 2, 1)
    return False


def _png_has_notes(file: FileIO) -> bool:
    """Whether a chunk, before or after the pixels, is EXIF data, or text that holds it or XMP."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        start = file.read(min(length, 32)) if kind in (b"iTXt", b"zTXt", b"tEXt") else b""
        if kind == b"eXIf" or start.startswith(PNG_NOTES):
            return True
        file.seek(length - len(start) + 4, 1)  # 4 bytes of checksum follow
    return False
