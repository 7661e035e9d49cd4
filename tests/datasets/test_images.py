"""Decoding images: which way up, how many bits, how many pixels, and which are refused."""

import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from sdvbench.datasets import jpeg
from sdvbench.datasets.headers import read_header
from sdvbench.datasets.images import read_image
from sdvbench.errors import DatasetError

from .mutations import damaged_bytes

PICTURE = np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8)


def encoded(kind: str, picture: Any = PICTURE, **options: Any) -> bytes:
    buffer = BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def saved(folder: Path, data: bytes, name: str = "a.img") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(9))
def test_images_are_turned_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, encoded(kind, exif=exif))
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    found, header = read_image(path), read_header(path)
    assert header.upright_px == (found.shape[1], found.shape[0])
    np.testing.assert_array_equal(found, upright)
    stored = read_image(path, as_stored=True)
    assert stored.shape == (6, 9, 3)
    assert (header.width_px, header.height_px) == (9, 6)
    if kind in ("PNG", "TIFF"):  # the others lose a little
        np.testing.assert_array_equal(stored, PICTURE)


def test_a_damaged_exif_block_does_no_harm(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded("JPEG", exif=exif)
    start = data.index(b"Exif\0\0") + 6
    for end in (start + 1, start + 8, start + 14):
        damaged = data[:start] + b"\xff" * (end - start) + data[end:]
        path = saved(tmp_path, damaged)
        assert read_header(path).orientation == 1
        assert read_image(path).shape == (6, 9, 3)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("1", "TIFF")],
)
def test_other_colours_become_rgb(tmp_path: Path, mode: str, kind: str) -> None:
    image = Image.fromarray(PICTURE).convert(mode)
    found = read_image(saved(tmp_path, encoded(kind, image)))
    np.testing.assert_array_equal(found, np.asarray(image.convert("RGB")))


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    image = Image.new("RGB", (16, 16), (200, 30, 60)).convert("CMYK")
    found = read_image(saved(tmp_path, encoded("JPEG", image, quality=100)))
    assert abs(found.mean(axis=(0, 1)) - (200, 30, 60)).max() < 12


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("alpha", [0, 60, 255])
def test_transparency_is_ignored(tmp_path: Path, kind: str, alpha: int) -> None:
    image = Image.fromarray(PICTURE)
    image.putalpha(alpha)
    path = saved(
        tmp_path, encoded(kind, image, **({"tiffinfo": {0x0112: 6}} if kind == "TIFF" else {}))
    )
    np.testing.assert_array_equal(read_image(path, as_stored=True), PICTURE)
    found = read_image(path)
    assert found.shape == ((9, 6, 3) if kind == "TIFF" else (6, 9, 3))
    assert found.flags.writeable


def test_a_tiff_file_is_not_turned_by_xmp(tmp_path: Path) -> None:
    note = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    )
    for mode in ("RGB", "RGBA"):
        image = Image.fromarray(PICTURE).convert(mode)
        path = saved(tmp_path, encoded("TIFF", image, tiffinfo={700: note}))
        assert read_header(path).orientation == 1
        np.testing.assert_array_equal(read_image(path), PICTURE)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits(tmp_path: Path, suffix: str, channels: int) -> None:
    values = np.linspace(0, 65535, 6 * 8 * channels).reshape(6, 8, channels).astype(np.uint16)
    for shift in (6, 4, 2):  # 10, 12 and 14 bits in a file of 16
        path = saved(tmp_path, cv2.imencode(suffix, values >> shift)[1].tobytes())
        peak = 65535 >> shift
        with pytest.raises(
            DatasetError, match=rf"a\.img: has 16 bits a sample, .* {peak} of 65535"
        ):
            read_image(path)
    found = read_image(saved(tmp_path, cv2.imencode(suffix, values)[1].tobytes()))
    wanted = np.broadcast_to((values >> 8).astype(np.uint8)[..., ::-1], (6, 8, 3))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "GIF"])
def test_several_pages_are_refused(tmp_path: Path, kind: str) -> None:
    other = [Image.fromarray(np.roll(PICTURE, by, axis=0)) for by in (1, 2)]
    path = saved(tmp_path, encoded(kind, save_all=True, append_images=other))
    with pytest.raises(DatasetError, match=r"a\.img: holds 3 pages or frames, not one image"):
        read_image(path)


def of_claimed_size(width_px: int, height_px: int) -> bytes:
    """A PNG file whose header claims more than its eight rows hold."""
    data = bytearray(encoded("PNG", Image.new("1", (8, 8))))
    data[16:24] = width_px.to_bytes(4, "big") + height_px.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("size", [(1_048_577, 6), (6, 1_114_112)])
def test_too_long_sides_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = saved(tmp_path, of_claimed_size(*size))
    limit = rf"a\.img: is {size[0]}x{size[1]} pixels, and no side may be longer than 1048576"
    for read in (read_image, read_header):
        with pytest.raises(DatasetError, match=limit):
            read(path)


def test_what_the_decoder_refuses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdvbench.datasets.headers.LONGEST_SIDE_PX", 1 << 30)
    data = bytearray(encoded("BMP"))
    data[18:22] = (1 << 20 | 1).to_bytes(4, "little")  # its width
    path = saved(tmp_path, bytes(data))
    with pytest.raises(DatasetError, match=r"a\.img: cannot be decoded as an image: .*MAX_IMAGE"):
        read_image(path)


@pytest.mark.parametrize("side_px", [13_500, 33_000])
def test_too_many_pixels_are_refused(tmp_path: Path, side_px: int) -> None:
    path = saved(tmp_path, of_claimed_size(side_px, side_px))
    limit = rf"a\.img: has {side_px**2} pixels, more than the limit of 178956970"
    for read in (read_image, read_header):
        with pytest.raises(DatasetError, match=limit):
            read(path)


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_32_bits_are_refused(tmp_path: Path, kind: Any) -> None:
    path = saved(tmp_path, encoded("TIFF", PICTURE[..., 0].astype(kind)))
    with pytest.raises(DatasetError, match=r"a\.img: has 32 bits a sample"):
        read_image(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_files_that_end_too_early_are_named(tmp_path: Path, kind: str) -> None:
    picture = cv2.resize(PICTURE, (64, 64))
    data = encoded(kind, picture)
    for end in (0, 10, len(data) // 2):
        with pytest.raises(DatasetError, match=r"a\.img: cannot be decoded"):
            read_image(saved(tmp_path, data[:end]))


def test_names_of_any_kind(tmp_path: Path) -> None:
    for name in ("a b.png", "Straße 1.png", "図.png"):
        assert read_image(saved(tmp_path, encoded("PNG"), name)).shape == (6, 9, 3)
    with pytest.raises(DatasetError, match="cannot be read"):
        read_image(tmp_path / "gone.png")


@settings(max_examples=2000)
@given(
    st.binary(max_size=64)
    | st.sampled_from(("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF"))
    .map(lambda kind: encoded(kind, PICTURE))
    .flatmap(damaged_bytes)
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_fails_in_no_other_way(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = saved(tmp_path_factory.getbasetemp(), data, "damaged.img")
    with suppress(DatasetError), pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg, "_complaint", lambda data: "")  # a process for each would take minutes
        image = read_image(path)
        assert (image.dtype, image.shape[2]) == (np.uint8, 3)
