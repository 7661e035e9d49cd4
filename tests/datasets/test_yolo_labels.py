"""The lines of YOLO's label files."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.summary import Tally
from sdvbench.datasets.yolo_labels import Keypoints, parse_yolo
from sdvbench.errors import DatasetError

from .mutations import damaged_bytes

HERE = Path("a.txt")
VALID = (
    b"0 0.5 0.5 0.5 0.2\n2 0.1 0.1 0.4 0.1 0.4 0.6\r\n\n1 0.98 0.5 0.1 0.1\n1 0.98 0.5 0.1 0.1\n"
)


def notes(text: str, keypoints: Keypoints | None = None) -> tuple[list[list[float]], list[str]]:
    """The boxes in ``text``, and what was noted."""
    tally = Tally()
    labels = parse_yolo(text, HERE, tally, keypoints)
    return [list(label.box) for label in labels], tally.summary(1, len(labels)).lines[1:]


@pytest.mark.parametrize(
    ("line", "box", "note"),
    [
        ("0 0.5 0.5 0.5 0.2", [0.25, 0.4, 0.75, 0.6], ""),
        ("0.0\t0.5  0.5 0.5 0.2\r", [0.25, 0.4, 0.75, 0.6], ""),
        ("0 5e-1 .5 0.5 0.2", [0.25, 0.4, 0.75, 0.6], ""),
        ("0 0.5 0.5 1.0005 1", [0, 0, 1, 1], ""),
        ("0 0.1 0.2 0.5 0.1 0.3 0.7", [0.1, 0.1, 0.5, 0.7], "polygons were read as"),
        ("0 0.1 0.1 0.9 0.2 0.8 0.8 0.1 0.7", [0.1, 0.1, 0.9, 0.8], "rows of 4 corners were"),
        ("0 0.985 0.5 1.02 0.3", [0.475, 0.35, 1, 0.65], "boxes reach over the image's edge"),
        ("0 -0.01 0.5 0.1 0.3", [0, 0.35, 0.04, 0.65], "boxes reach over the image's edge"),
        ("0 0.5 0.5 0 0.2", None, "boxes have no area and were dropped"),
        ("0 0.5 0.5 0.2 0.0", None, "boxes have no area and were dropped"),
        ("0 1.5 0.5 0.2 0.2", None, "boxes lie outside the image and were dropped"),
    ],
)
def test_forms_of_a_box(line: str, box: list[float] | None, note: str) -> None:
    boxes, lines = notes(f"\n{line}\n")
    np.testing.assert_allclose(boxes, [] if box is None else [box], atol=1e-12)
    assert len(lines) == bool(note)
    assert not note or (lines[0].startswith(note) and "a.txt, line 2" in lines[0])


def test_repeated_rows_are_dropped() -> None:
    boxes, lines = notes("0 0.5 0.5 0.5 0.2\n1 0.5 0.5 0.5 0.2\n0 0.50 0.5 0.5 0.2\n" * 2)
    assert len(boxes) == 2
    assert lines == [
        "rows repeat another one of their file and were dropped: 4 (first: a.txt, line 3)"
    ]


def test_keypoints_are_left_out_where_the_data_set_states_them() -> None:
    rows = "0 0.5 0.5 0.5 0.2 0.4 0.4 2 0.6 0.6 1"
    boxes, lines = notes(rows, Keypoints(2, 3))
    np.testing.assert_allclose(boxes, [[0.25, 0.4, 0.75, 0.6]])
    assert lines[0].startswith("boxes have keypoints, which were left out")
    with pytest.raises(DatasetError, match=r"11 values, which look like a box and keypoints"):
        notes(rows)


def test_a_row_that_does_not_fit_the_keypoints_is_no_polygon() -> None:
    row = "0 0.5 0.5 0.2 0.2 0.4 0.4 0.6 0.4 0.6 0.6 0.4 0.6"
    boxes, _ = notes(row, Keypoints(4, 2))
    np.testing.assert_allclose(boxes, [[0.4, 0.4, 0.6, 0.6]])
    with pytest.raises(DatasetError, match=r"has 13 values, but .* kpt_shape .* 5 or 15"):
        notes(row, Keypoints(5, 2))


def test_a_polygon_at_the_edge_has_no_keypoints() -> None:
    boxes, lines = notes("0 0.4 0.5 0.6 0.5 1 0.9 1 1 0 1")
    np.testing.assert_allclose(boxes, [[0, 0.5, 1, 1]])
    assert lines[0].startswith("polygons were read as")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.5", "has 4 values instead of 5"),
        ("0", "has 1 values instead of 5"),
        ("0 0.5 0.5 0.1 0.1 0.2 0.2 0.3", "look like a box and keypoints|has 8 values"),
        ("0 0.5 0.5 0.1 0.1 0.93", "has 6 values, the last of which is a confidence"),
        ("0,0.5,0.5,0.1,0.1", "has commas in it"),
        ("0 0,5 0,5 0,1 0,1", "has commas in it"),
        ("0;0.5;0.5;0.1;0.1", "has semicolons in it"),
        ("cat 0.5 0.5 0.5 0.5", "the class id is 'cat'"),
        ("1.5 0.5 0.5 0.5 0.5", "not a whole number"),
        ("1_0 0.5 0.5 0.5 0.5", "the class id is '1_0'"),
        ("-1 0.5 0.5 0.5 0.5", "class id -1 is negative"),
        ("0 nan 0.5 0.5 0.5", "a coordinate is 'nan'"),
        ("0 0.5 0.5 inf 0.5", "a coordinate is 'inf'"),
        ("0 320 240 50 50", "has pixel coordinates, outside 0..1"),
        ("0 10 10 90 10 90 80", "has pixel coordinates, outside 0..1"),
        ("0 0.5 -3 0.5 0.5", "far outside 0..1"),
        ("0 0.5 0.5 -0.5 0.5", "has a negative size"),
    ],
)
def test_names_the_line(line: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message) as error:
        parse_yolo(f"0 0.5 0.5 0.1 0.1\n{line}\n", HERE)
    assert str(error.value).startswith("a.txt, line 2: ")


@settings(max_examples=2000)
@given(
    st.text()
    | st.lists(st.floats() | st.integers()).map(lambda v: " ".join(map(str, v)))
    | damaged_bytes(VALID).map(lambda data: data.decode(errors="replace"))
)
def test_fails_in_no_other_way(text: str) -> None:
    with suppress(DatasetError):
        for label in parse_yolo(text, HERE):
            x1, y1, x2, y2 = label.box
            assert 0 <= x1 < x2 <= 1
            assert 0 <= y1 < y2 <= 1
