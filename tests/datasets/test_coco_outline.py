"""Boxes around polygons and masks, checked against the library that COCO's tools use."""

from typing import Any

import numpy as np
import pytest
from faster_coco_eval.core import mask
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.coco_outline import box_around
from sdvbench.errors import DatasetError


@pytest.mark.parametrize("nothing", [None, [], {}, [[]], "", {"size": [2, 2], "counts": [4]}])
def test_nothing(nothing: Any) -> None:
    assert box_around(nothing, "here") is None


def test_polygons() -> None:
    assert box_around([[1, 2, 3, 4, "5", 0], [9, 9, 9, 10, 8, 9]], "here") == (1, 0, 9, 10)
    assert box_around([1, 2, 3, 4, 5, 0], "here") == (1, 0, 5, 4)


@given(
    st.integers(1, 12).flatmap(
        lambda width: st.lists(
            st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=12
        )
    )
)
def test_masks(rows: list[list[bool]]) -> None:
    pixels = np.array(rows, np.uint8)
    encoded = mask.encode(np.asfortranarray(pixels))
    counts = encoded["counts"]
    compressed = {"size": list(pixels.shape), "counts": counts.decode()}
    left, top, width, height = mask.toBbox(encoded).ravel().tolist()
    expected = (left, top, left + width, top + height) if pixels.any() else None
    assert box_around(compressed, "here") == expected
    flat = pixels.ravel(order="F").tolist()
    runs, value = [0], 0
    for pixel in flat:
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    assert box_around({"size": list(pixels.shape), "counts": runs}, "here") == expected


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("text", "unknown form"), ([[1, 2, 3, 4]], "a polygon of 4 numbers"),
        ([[1, 2, 3, 4, 5, 6, 7]], "a polygon of 7 numbers"), ([[1, 2, 3, 4, 5, 6], 7], "mixes"),
        ([[1, 2, 3, 4, 5, None]], "coordinate is None"), ({"counts": [4]}, "without its size"),
        ({"size": [2, 2]}, "without counts"), ({"size": [2, 2], "counts": [5]}, "do not add up"),
        ({"size": [2, 2], "counts": [-1, 5]}, "do not add up"),
        ({"size": [2, 2], "counts": "ä"}, "unreadable counts"),
        ({"size": [2, 2], "counts": "o" * 99}, "unreadable counts"),
        ({"size": [2, 2], "counts": "o"}, "incomplete counts"),
    ],
)  # fmt: skip
def test_names_what_is_wrong(bad: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        box_around(bad, "here")
