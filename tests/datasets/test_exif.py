"""Which image files may state an orientation."""

import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from sdvbench.datasets.exif import may_be_turned
from sdvbench.datasets.headers import read_header
from sdvbench.errors import DatasetError

from .mutations import damaged_bytes

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8))
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
TIFF_IFD = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"


def encoded(kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    PICTURE.save(buffer, kind, **options)
    return buffer.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def png_with_long_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a city street " * 3000)
    return encoded("PNG", pnginfo=text, exif=turned())


def png_with_xmp() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return encoded("PNG", pnginfo=text)


def png_with_exif_at_the_end() -> bytes:
    data = encoded("PNG")
    chunk = b"eXIf" + TIFF_IFD
    ending = len(TIFF_IFD).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return data[:-12] + ending + data[-12:]


FILES = {
    "jpeg": encoded("JPEG", exif=turned()),
    "jpeg after a long colour profile": encoded("JPEG", exif=turned(), icc_profile=b"\0" * 200_000),
    "jpeg with a fill byte": b"\xff\xd8\xff" + encoded("JPEG", exif=turned())[2:],
    "jpeg with an escaped byte": b"\xff\xd8\xff\0" + encoded("JPEG", exif=turned())[3:],
    "jpeg with an unused marker": b"\xff\xd8\xff\xf0" + encoded("JPEG", exif=turned())[3:],
    "jpeg with XMP": encoded("JPEG", xmp=XMP),
    "png": encoded("PNG", exif=turned()),
    "png after long text": png_with_long_text(),
    "png with XMP": png_with_xmp(),
    "png at the end": png_with_exif_at_the_end(),
    "webp": encoded("WEBP", exif=turned()),
    "webp with XMP": encoded("WEBP", xmp=XMP),
    "tiff": encoded("TIFF", tiffinfo={0x0112: 6}),
}


@pytest.mark.parametrize("name", FILES)
def test_no_orientation_is_missed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.img"
    path.write_bytes(FILES[name])
    assert read_header(path).orientation == 6
    assert may_be_turned(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_others_are_found_without_the_header(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.img"
    path.write_bytes(encoded(kind, **({"icc_profile": b"\0" * 99} if kind == "JPEG" else {})))
    assert not may_be_turned(path)
    assert not may_be_turned(tmp_path / "absent.jpg")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(FILES)).flatmap(lambda name: damaged_bytes(FILES[name])))
def test_no_orientation_of_a_damaged_file_is_missed(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.img"
    path.write_bytes(data)
    if not may_be_turned(path):
        with suppress(DatasetError):
            assert read_header(path).orientation == 1
