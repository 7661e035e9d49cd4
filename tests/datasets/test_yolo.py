"""Folders in YOLO's layout."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.coco import Coco
from sdvbench.datasets.yolo import Yolo, parse_yolo
from sdvbench.errors import DatasetError

HERE = Path("a.txt")


def folder(root: Path, write_image: Any, text: str) -> Path:
    write_image(root / "images/train/a.png")
    write_image(root / "images/train/b.png")
    (root / "labels/train").mkdir(parents=True)
    (root / "labels/train/a.txt").write_text(text)
    return root


def test_reads_fractions_as_pixels(tmp_path: Path, write_image: Any) -> None:
    data = Yolo(folder(tmp_path, write_image, "2 0.5 0.5 0.5 0.2\n\n0 0 0 0.1 0.1\n"))
    first, second = data
    assert first.name == "train/a.png"
    np.testing.assert_allclose(first.boxes, [[50, 40, 150, 60], [0, 0, 10, 5]], atol=1e-4)
    assert first.classes.tolist() == [2, 0]
    assert second.boxes.shape == (0, 4)
    assert data.classes[2] == "car"


def test_class_names(tmp_path: Path, write_image: Any) -> None:
    root = folder(tmp_path, write_image, "2 0.5 0.5 0.5 0.2")
    (root / "classes.txt").write_text("one\ntwo\nthree\n")
    assert Yolo(root).classes == ("one", "two", "three")
    assert Yolo(root, classes=("a", "b", "c")).classes == ("a", "b", "c")
    with pytest.raises(DatasetError, match="class id 2 has no name"):
        Yolo(root, classes=("a",))
    (root / "classes.txt").write_text("one\none\n")
    with pytest.raises(DatasetError, match=r"classes\.txt: is empty or repeats a name"):
        Yolo(root)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.5", "has 4 values instead of 5"),
        ("cat 0.5 0.5 0.5 0.5", "the class id is 'cat'"),
        ("1.5 0.5 0.5 0.5 0.5", "not a whole number"),
        ("-1 0.5 0.5 0.5 0.5", "class id -1 is negative"),
        ("0 nan 0.5 0.5 0.5", "a coordinate is 'nan'"),
        ("0 320 240 50 50", "outside 0..1"),
        ("0 0.5 0.5 -0.5 0.5", "outside 0..1"),
    ],
)
def test_names_the_line(line: str, message: str) -> None:
    with pytest.raises(DatasetError) as error:
        parse_yolo(f"0 0.5 0.5 0.1 0.1\n{line}\n", HERE)
    assert str(error.value).startswith("a.txt, line 2: ")
    assert message in str(error.value)


@given(st.text() | st.lists(st.floats() | st.integers()).map(lambda v: " ".join(map(str, v))))
def test_fails_in_no_other_way(text: str) -> None:
    with suppress(DatasetError):
        parse_yolo(text, HERE)


def test_missing_folders(tmp_path: Path, write_image: Any) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        Yolo(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    with pytest.raises(DatasetError, match="holds no image"):
        Yolo(tmp_path)
    write_image(tmp_path / "images/a.png")
    with pytest.raises(DatasetError, match="holds no file for any image"):
        Yolo(tmp_path)
    (tmp_path / "labels/a.txt").write_bytes(b"0 0.5 0.5 0.1 0.1\n\xff")
    with pytest.raises(DatasetError, match=r"a\.txt, line 2: is not UTF-8"):
        Yolo(tmp_path)


def test_coco128_agrees_with_its_json(shared_data: Path) -> None:
    root = shared_data / "coco128"
    assert len(list((root / "labels").rglob("*.txt"))) == 126
    data = Yolo(root)
    assert len(data) == 128
    for mine, theirs in zip(data, Coco(root), strict=True):
        wanted = theirs.boxes[~theirs.crowd]
        assert mine.name.endswith(theirs.name)
        np.testing.assert_allclose(mine.boxes, wanted, atol=0.02)
