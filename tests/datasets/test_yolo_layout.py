"""Which images a YOLO data set consists of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sdvbench.datasets.yolo import Yolo

Write = Callable[..., Path]


def labelled(root: Path, write_image: Write, *names: str) -> Path:
    """Images below root/images, each with one object."""
    for name in names:
        write_image(root / "images" / name)
        label = (root / "labels" / name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("0 0.5 0.5 0.5 0.2\n")
    return root


def describe(root: Path, text: str) -> Path:
    (root / "data.yaml").write_text(f"names: [car]\n{text}")
    return root


@pytest.mark.parametrize(
    "text",
    [
        "val: [images/val, lists/val.txt]",
        "val: [images/val, ./images/../images/val]",
        "train: images/val\nval: images/../images/val",
    ],
)
def test_an_image_that_is_named_twice_counts_once(
    tmp_path: Path, write_image: Write, text: str
) -> None:
    root = describe(labelled(tmp_path, write_image, "val/a.png"), text)
    (root / "lists").mkdir()
    (root / "lists/val.txt").write_text("../images/val/a.png\n")
    for split in ("", "all"):
        data = Yolo(root, split=split)
        assert data.summary is not None
        assert data.summary.lines == ["1 image, 1 object"]


def test_a_list_written_on_windows(tmp_path: Path, write_image: Write) -> None:
    root = describe(labelled(tmp_path, write_image, "val/a.png"), "val: val.txt")
    (root / "val.txt").write_text(".\\images\\val\\a.png\r\n")
    assert [sample.name for sample in Yolo(root)] == ["val/a.png"]


def test_a_description_in_a_folder_of_its_own(
    tmp_path: Path, write_image: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled(tmp_path / "data/x", write_image, "val/a.png", "train/b.png")
    (tmp_path / "cfg").mkdir()
    text = "path: ../data/x\ntrain: images/train\nval: images/val\nnames: [car]"
    (tmp_path / "cfg/x.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    for file in ("cfg/x.yaml", tmp_path / "cfg/x.yaml", "data/../cfg/x.yaml"):
        data = Yolo(file, split="all")
        assert data.summary is not None
        assert data.summary.lines == ["2 images, 2 objects"]


def test_images_in_no_split_are_counted(tmp_path: Path, write_image: Write) -> None:
    names = ("val/a.png", "train/b.png", "night/c.png", "d.png")
    root = describe(labelled(tmp_path, write_image, *names), "")
    data = Yolo(root)
    assert [sample.name for sample in data] == ["val/a.png"]
    assert data.summary is not None
    assert "outside the split val were left out (?split= chooses): 3" in data.summary.lines[1]


def test_accents_in_both_of_their_forms(tmp_path: Path, write_image: Write) -> None:
    root = describe(labelled(tmp_path, write_image, "cafe\u0301.png"), "")
    (root / "labels/cafe\u0301.txt").rename(root / "labels/caf\u00e9.txt")
    assert len(Yolo(root)[0].boxes) == 1
