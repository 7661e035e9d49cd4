"""Folders in YOLO's layout."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from sdvbench.datasets.coco import Coco
from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.datasets.yolo import Yolo
from sdvbench.errors import DatasetError, OptionError, SdvbenchError

from .mutations import damaged_bytes

Write = Callable[..., Path]
ROW = "2 0.5 0.5 0.5 0.2\n"
YAML = "train: images/train\nval: images/val\nnc: 3\nnames: [car, bus, truck]\n"


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def folder(root: Path, write_image: Write, text: str) -> Path:
    write_image(root / "images/train/a.png")
    write_image(root / "images/train/b.png")
    write(root / "labels/train/a.txt", text)
    return root


def lines(data: Yolo) -> list[str]:
    assert data.summary is not None
    return data.summary.lines[1:]


def test_reads_fractions_as_pixels(tmp_path: Path, write_image: Write) -> None:
    root = folder(tmp_path, write_image, "2 0.5 0.5 0.5 0.2\n\n0 0.05 0.05 0.1 0.1\n")
    data = Yolo(root, names="coco")
    first, second = data
    assert first.name == "train/a.png"
    np.testing.assert_allclose(first.boxes, [[50, 40, 150, 60], [0, 0, 20, 10]], atol=1e-4)
    assert first.classes.tolist() == [2, 0]
    assert second.boxes.shape == (0, 4)
    assert data.classes[2] == "car"
    assert data.summary is not None
    assert (data.summary.images, data.summary.objects) == (2, 2)
    assert lines(data)[0].startswith("images have no label file and count as images without")


def test_names_come_from_the_first_file_that_has_them(tmp_path: Path, write_image: Write) -> None:
    root = folder(tmp_path, write_image, ROW)
    with pytest.raises(DatasetError, match=r"gives no class names \(looked for data\.yaml or"):
        Yolo(root)
    assert Yolo(root, names="coco").classes == COCO_CLASSES
    for file, text, names in (
        ("obj.names", "p\nq\nr\n", "pqr"),
        ("labels/train/classes.txt", "m\nn\no", "mno"),
        ("labels/classes.txt", "g\r\nh\r\ni\r\n", "ghi"),
        ("classes.txt", "\ufeffd\ne\nf\n\n", "def"),
        ("mine.yml", "names: {0: x, 1: y, 2: z}", "xyz"),
        ("data.yaml", "names:\n  - a\n  - b\n  - c\n", "abc"),
    ):
        write(root / file, text)
        assert Yolo(root).classes == tuple(names)
    assert Yolo(root, classes=("u", "v", "w")).classes == ("u", "v", "w")
    assert Yolo(root, names="coco").classes == COCO_CLASSES
    with pytest.raises(DatasetError, match="class id 2 has no name"):
        Yolo(root, classes=("a",))
    with pytest.raises(OptionError, match="names=voc: is not known"):
        Yolo(root, names="voc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: [a, a, b]", "is empty or repeats a name"),
        ("names: []", "is empty or repeats a name"),
        ("names: [a, b, no]", "has 'False' (bool) among its names"),
        ("names: {0: a, 2: b}", "does not number its 2 names from 0 without a gap"),
        ("names: {a: 1}", "has names under ids that are no numbers"),
        ("names: many", "has names that are no list"),
        ("nc: 2\nnames: [a, b, c]", "gives 3 names, and nc is 2"),
        ("names: [a, b", "data.yaml, line 1: is not YAML"),
        ("- a", "is not a YAML mapping"),
        ("names: [a, b, c]\nval: 3", "has an entry 'val' that is neither a path nor a list"),
        ("names: [a, b, c]\nkpt_shape: 17", "has kpt_shape '17'"),
        ("names: [a, b, c]\nval: elsewhere", "elsewhere, which does not exist"),
        ("nc: 3", "data.yaml, which has no names, classes.txt"),
    ],
)
def test_names_what_is_wrong_with_the_yaml_file(
    tmp_path: Path, write_image: Write, text: str, message: str
) -> None:
    root = folder(tmp_path, write_image, ROW)
    write(root / "data.yaml", text)
    with pytest.raises(DatasetError) as error:
        Yolo(root)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("yaml", "train", "val"),
    [
        (YAML, "images/train", "images/val"),
        ("path: .\n" + YAML, "images/train", "images/val"),
        ("path: inner\n" + YAML, "inner/images/train", "inner/images/val"),
        (
            "train: ../train/images\nval: ../valid/images\nnames: [a, b, c]",
            "train/images",
            "valid/images",
        ),
        ("train: train.txt\nval: [val.txt]\nnames: [a, b, c]", "images/one", "images/two"),
        ("names: [a, b, c]", "images/train2017", "images/val2017"),
        ("names: [a, b, c]", "train/images", "val/images"),
        ("names: [a, b, c]", "train", "valid"),
    ],
)
def test_splits(tmp_path: Path, write_image: Write, yaml: str, train: str, val: str) -> None:
    for place, count in ((train, 3), (val, 2)):
        for index in range(count):
            image = write_image(tmp_path / place / f"{index}.png")
            label = image.relative_to(tmp_path).as_posix().replace("images", "labels")
            write(tmp_path / label.replace(".png", ".txt"), ROW)
    for name, place in (("train", train), ("val", val)):
        images = sorted((tmp_path / place).glob("*.png"))
        listed = (f"./{image.relative_to(tmp_path).as_posix()}\n" for image in images)
        write(tmp_path / f"{name}.txt", "".join(listed))
    write(tmp_path / "data.yaml", yaml)
    data = Yolo(tmp_path)
    assert len(data) == 2
    assert lines(data)[0].startswith("images outside the split val were left out")
    assert all(len(sample.boxes) == 1 for sample in data)
    assert len(Yolo(tmp_path / "data.yaml", split="train")) == 3
    assert not lines(Yolo(tmp_path, split="valid"))
    with pytest.raises(OptionError, match=r"is not there\. Choose from train, val, all"):
        Yolo(tmp_path, split="test")


def test_every_image_of_several_splits(tmp_path: Path, write_image: Write) -> None:
    for name in ("train", "val", "extra"):
        write_image(tmp_path / f"images/{name}/a.png")
        write(tmp_path / f"labels/{name}/a.txt", ROW)
    write(tmp_path / "classes.txt", "a\nb\nc")
    assert len(Yolo(tmp_path)) == 1
    assert len(Yolo(tmp_path, split="all")) == 3
    assert Yolo(tmp_path, split="extra")[0].name == "extra/a.png"
    assert len({Yolo(tmp_path, split=name).identity for name in ("all", "train", "val")}) == 3


def test_images_elsewhere(tmp_path: Path, write_image: Write, monkeypatch: Any) -> None:
    image = write_image(tmp_path / "disk/images/a.png")
    write(tmp_path / "disk/labels/a.txt", ROW)
    write(tmp_path / "set/data.yaml", f"val: {image.parent}\nnames: [a, b, c]")
    write(tmp_path / "set/other.yaml", "val: list.txt\nnames: [a, b, c]")
    write(tmp_path / "set/list.txt", f"{image}\n")
    monkeypatch.chdir(tmp_path)
    for spec in ("set", "set/other.yaml"):
        assert [sample.name for sample in Yolo(spec)] == ["a.png"]
    assert len(Yolo("set", split="all")) == 1
    write(tmp_path / "set/list.txt", "gone.png\n")
    with pytest.raises(DatasetError, match=r"list\.txt, line 1: names 'gone\.png', which is no"):
        Yolo("set/other.yaml")
    (tmp_path / "set/data.yaml").rename(tmp_path / "set/third.yaml")
    with pytest.raises(DatasetError, match=r"several YAML files with class names \(other"):
        Yolo("set")


def test_labels_beside_the_images(tmp_path: Path, write_image: Write) -> None:
    for name in ("a", "b"):
        write_image(tmp_path / f"{name}.png")
        write(tmp_path / f"{name}.txt", ROW)
    write(tmp_path / "classes.txt", "x\ny\nz\n")
    write(tmp_path / "README.txt", "notes")
    data = Yolo(tmp_path)
    assert [len(sample.boxes) for sample in data] == [1, 1]
    assert not lines(data)


def test_what_does_not_fit_is_counted(tmp_path: Path, write_image: Write) -> None:
    write(tmp_path / "classes.txt", "x\ny\nz\n")
    for name in ("a.png", "a.bmp", "b.png", "c.png", "sub/d.png"):
        write_image(tmp_path / "images" / name)
    write(tmp_path / "labels/a.txt", ROW)
    write(tmp_path / "labels/b.TXT", ROW)
    write(tmp_path / "labels/c.xml", "<annotation/>")
    write(tmp_path / "labels/d.txt", ROW)
    write(tmp_path / "labels/e/f.txt", ROW)
    for junk in ("images/._a.png", "labels/._a.txt", "images/.ipynb_checkpoints/x.png"):
        write(tmp_path / junk, b"\0\5\x16\7")
    write(tmp_path / "images/__MACOSX/y.png", b"\0")
    data = Yolo(tmp_path)
    assert len(data) == 5
    assert sum(len(sample.boxes) for sample in data) == 3
    assert lines(data) == [
        f"images have no .txt label file but a .xml, which is not read: "
        f"1 (first: {tmp_path}/images/c.png)",
        f"images have no label file and count as images without objects: "
        f"1 (first: {tmp_path}/images/sub/d.png)",
        f"label files match no image: 2 (first: {tmp_path}/labels/d.txt)",
        f"images share the label file of another image with the same name: "
        f"1 (first: {tmp_path}/images/a.png)",
    ]


def test_images_are_upright(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    stored = Image.new("RGB", (60, 40))
    turned = Image.Exif()
    turned[0x0112] = 6
    stored.save(tmp_path / "images/a.jpg", exif=turned)
    write(tmp_path / "labels/a.txt", "0 0.5 0.5 1 0.5")
    write(tmp_path / "classes.txt", "x")
    data = Yolo(tmp_path)
    assert data[0].image.shape == (60, 40, 3)
    np.testing.assert_allclose(data[0].boxes, [[0, 15, 40, 45]])
    assert lines(data) == [
        f"images were turned as their EXIF orientation says: 1 (first: {tmp_path}/images/a.jpg)"
    ]


def test_missing_folders(tmp_path: Path, write_image: Write) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        Yolo(tmp_path / "gone")
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    with pytest.raises(DatasetError, match="holds no image"):
        Yolo(tmp_path)
    write_image(tmp_path / "images/a.png")
    write(tmp_path / "labels/b.txt", ROW)
    with pytest.raises(
        DatasetError, match=r"holds no file for any image \(1 label files, 1 images"
    ):
        Yolo(tmp_path)
    write(tmp_path / "labels/a.txt", b"0 0.5 0.5 0.1 0.1\n\xff")
    with pytest.raises(DatasetError, match=r"a\.txt, line 2: is not UTF-8"):
        Yolo(tmp_path)


def test_label_files_of_windows(tmp_path: Path, write_image: Write) -> None:
    write_image(tmp_path / "images/a.png")
    write(tmp_path / "labels/a.txt", "0 0.5 0.5 0.1 0.1\r\n".encode("utf-16"))
    write(tmp_path / "classes.txt", "x")
    assert len(Yolo(tmp_path)[0].boxes) == 1


@settings(max_examples=2000)
@given(damaged_bytes(YAML.encode()) | st.text().map(lambda text: text.encode(errors="replace")))
def test_a_damaged_yaml_file_fails_in_no_other_way(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    assume(b" /" not in data)  # the whole disk is no place to look for images
    root = tmp_path_factory.getbasetemp() / "damaged"
    if not root.exists():
        for name in ("train", "val"):
            (root / "images" / name).mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(root / f"images/{name}/a.png")
            write(root / f"labels/{name}/a.txt", ROW)
    write(root / "data.yaml", data)
    with suppress(SdvbenchError):
        assert len(Yolo(root).classes) > 2


def test_coco128_agrees_with_its_json(shared_data: Path) -> None:
    root = shared_data / "coco128"
    assert len(list((root / "labels").rglob("*.txt"))) == 126
    data = Yolo(root, names="coco")
    assert len(data) == 128
    for mine, theirs in zip(data, Coco(root), strict=True):
        wanted = theirs.boxes[~theirs.crowd]
        assert mine.name.endswith(theirs.name)
        np.testing.assert_allclose(mine.boxes, wanted, atol=0.02)
