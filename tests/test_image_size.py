"""Sizes of images, as one number or two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.image_size import height_width, parse_image_size, written

SIDES = st.integers(1, 99_999)


@given(SIDES, SIDES)
def test_what_is_written_is_read_again(height: int, width: int) -> None:
    size = parse_image_size(f"{height}x{width}")
    assert height_width(size) == (height, width)
    assert parse_image_size(written(size)) == size
    assert isinstance(size, int) == (height == width)


def test_a_square_is_one_number() -> None:
    assert parse_image_size("640") == parse_image_size(640) == parse_image_size("640x640") == 640
    assert written((640, 640)) == 640
    assert parse_image_size(" 384X640 ") == (384, 640)


@pytest.mark.parametrize("text", ["", "0", "-1", "0x640", "384x", "384x640x3", "1.5", "x", True])
def test_anything_else_is_an_error(text: object) -> None:
    with pytest.raises(ValueError, match="neither a number of pixels nor HEIGHTxWIDTH"):
        parse_image_size(text)
