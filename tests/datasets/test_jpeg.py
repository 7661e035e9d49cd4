"""Damage inside JPEG files."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from sdvbench.datasets.images import read_image
from sdvbench.datasets.jpeg import _known, damage
from sdvbench.errors import DatasetError

LOST = 700  # bytes


@cache
def picture(side_px: int = 96) -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 255, (24, 24, 3), np.uint8)
    return Image.fromarray(cv2.resize(coarse, (side_px, side_px), interpolation=cv2.INTER_CUBIC))


def encoded(image: Image.Image, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def found(data: bytes) -> str:
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return "cannot be decoded" if decoded is None else damage(data, decoded)


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("filled", [b"\0" * LOST, b"\xff" * LOST, b""], ids=["0", "ff", "cut"])
def test_a_lost_middle_is_found(options: dict[str, Any], filled: bytes) -> None:
    data = encoded(picture(), **options)
    middle = len(data) // 2
    assert found(data) == ""
    assert found(data[:middle] + filled + data[middle + LOST :])


def test_zeros_in_a_progressive_file_are_found() -> None:
    data = encoded(picture(), progressive=True)
    middle = len(data) // 2
    assert found(data) == ""
    assert found(data[:middle] + bytes(LOST) + data[middle + LOST :])


def test_the_message_names_file_and_damage(tmp_path: Path) -> None:
    data = encoded(picture())
    middle = len(data) // 2
    file = tmp_path / "a.jpg"
    file.write_bytes(data[:middle] + b"\xff\xd9")
    with pytest.raises(
        DatasetError, match=r"a\.jpg: has lost a part of its data \(libjpeg: Corrupt"
    ):
        read_image(file)
    file.write_bytes(data[:middle] + bytes(LOST) + data[middle + LOST :])
    with pytest.raises(
        DatasetError, match=r"a\.jpg: has lost a part of its data \(there are zeros"
    ):
        read_image(file)


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}, {"quality": 5}])
def test_flat_pictures_are_whole(options: dict[str, Any], colour: int) -> None:
    assert found(encoded(Image.new("RGB", (256, 256), (colour,) * 3), **options)) == ""


def test_what_follows_the_end_is_no_damage() -> None:
    data = encoded(picture())
    known = len(_known)
    assert found(data + b"trailer" * 40) == ""
    assert len(_known) == known


def test_no_real_file_looks_suspicious(shared_data: Path) -> None:
    known = len(_known)
    for path in sorted((shared_data / "coco128").rglob("*.jpg"))[:16]:
        assert found(path.read_bytes()) == ""
    assert len(_known) == known
