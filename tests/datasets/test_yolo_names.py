"""Where the class names of a YOLO data set come from when several files give some."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdvbench.datasets.yolo import Yolo
from sdvbench.errors import DatasetError

Write = Callable[..., Path]
ROW = "1 0.5 0.5 0.5 0.2\n"


def two_splits(root: Path, write_image: Write, **names: str) -> Path:
    """Images and labels of train and val, and a classes.txt beside the labels of each."""
    for split, text in names.items():
        write_image(root / f"images/{split}/{split}.png")
        (root / f"labels/{split}").mkdir(parents=True)
        (root / f"labels/{split}/{split}.txt").write_text(ROW)
        (root / f"labels/{split}/classes.txt").write_text(text)
    return root


def test_files_that_contradict_one_another(tmp_path: Path, write_image: Write) -> None:
    root = two_splits(tmp_path, write_image, train="car\nbus\n", val="bus\ncar\n")
    with pytest.raises(DatasetError, match=r"numbers the classes in another way than .*classes"):
        Yolo(root, split="all")
    assert Yolo(root, split="val").classes == ("bus", "car")


def test_a_list_that_was_appended_to(tmp_path: Path, write_image: Write) -> None:
    root = two_splits(tmp_path, write_image, train="car\nbus\n", val="car\nbus\ntruck\n")
    data = Yolo(root, split="all")
    assert data.classes == ("car", "bus", "truck")
    assert data.summary is not None
    assert not data.summary.lines[1:]


@pytest.mark.parametrize("file", ["classes.txt", "labels/classes.txt", "data.yaml"])
def test_other_names_beside_the_labels_are_noted(
    tmp_path: Path, write_image: Write, file: str
) -> None:
    root = two_splits(tmp_path, write_image, train="car\nbus\n", val="dog\nperson\ncat\n")
    text = "names: [car, bus]" if file == "data.yaml" else "car\nbus"
    (root / file).write_text(text)
    data = Yolo(root, split="all")
    assert data.classes == ("car", "bus")
    assert data.summary is not None
    assert data.summary.lines[1:] == [
        "files of class names beside the labels give other names and were not used: "
        f"1 (first: {root}/labels/val/classes.txt)"
    ]


def test_a_broken_file_that_is_not_needed(tmp_path: Path, write_image: Write) -> None:
    root = two_splits(tmp_path, write_image, val="car\ncar\n")
    (root / "classes.txt").write_text("car\nbus\n")
    assert Yolo(root).classes == ("car", "bus")
