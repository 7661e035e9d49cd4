"""Images with an EXIF orientation: picture and labels in one orientation, or an error."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sdvbench.datasets.bdd100k import Bdd100k
from sdvbench.datasets.coco import Coco
from sdvbench.datasets.kitti import Kitti
from sdvbench.errors import DatasetError, OptionError

from .perfect import red_box

ORIENTATION = 0x0112
BOX = [10, 30, 60, 50]  # x y width height in the picture that the labels belong to
TURNS = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
         6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}  # fmt: skip


def picture(path: Path, size: tuple[int, int], orientation: int, upright: bool) -> None:
    """An image with a red BOX in the stored pixels, or in those turned ``upright``."""
    image = Image.new("RGB", size, (90, 90, 90))
    image.paste((255, 0, 0), (10, 30, 70, 80))
    turn = TURNS[orientation]
    if upright and turn is not None:  # store it turned the other way
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image.save(path, exif=exif, quality=95)


def folder(root: Path, *images: tuple[Any, int, bool], suffix: str = "jpg") -> Path:
    """COCO's layout; each image is (stated size or None, orientation, whether labelled upright)."""
    (root / "images").mkdir(parents=True)
    content: dict[str, Any] = {"categories": [{"id": 1, "name": "car"}]}
    content |= {"images": [], "annotations": []}
    for number, (size, orientation, upright) in enumerate(images):
        name = f"{number}.{suffix}"
        picture(root / "images" / name, size or (200, 100), orientation, upright)
        stated = {"width": size[0], "height": size[1]} if size else {}
        content["images"].append({"id": number, "file_name": name} | stated)
        content["annotations"].append({"image_id": number, "category_id": 1, "bbox": BOX})
    (root / "instances.json").write_text(json.dumps(content))
    return root


def agree(data: Coco) -> bool:
    return all(
        np.allclose(red_box(sample.image), [10, 30, 70, 80], atol=2)
        and np.allclose(sample.boxes, [[10, 30, 70, 80]])
        for sample in data
    )


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("upright", [False, True])
def test_the_stated_size_decides(
    tmp_path: Path, orientation: int, upright: bool, suffix: str
) -> None:
    data = Coco(folder(tmp_path / "x", ((200, 100), orientation, upright), suffix=suffix))
    assert agree(data)
    assert data.summary is not None
    assert ("turned" if upright else "stored") in data.summary.lines[1]


@pytest.mark.parametrize("orientation", [2, 3, 6])
@pytest.mark.parametrize("upright", [False, True])
def test_the_others_of_the_file_decide(tmp_path: Path, orientation: int, upright: bool) -> None:
    size = (100, 100) if orientation == 6 else (200, 100)
    root = folder(tmp_path / "x", ((200, 100), 6, upright), (size, orientation, upright))
    assert agree(Coco(root))


@pytest.mark.parametrize("orientation", [2, 3])
def test_stored_where_nothing_decides(tmp_path: Path, orientation: int) -> None:
    data = Coco(folder(tmp_path / "x", ((200, 100), orientation, False), ((200, 100), 1, False)))
    assert agree(data)
    assert data.summary is not None
    assert data.summary.lines[1].startswith(
        "images have an EXIF orientation and labels that fit stored and upright pixels; they "
        "were read as stored"
    )


def test_boxes_decide_where_no_size_is_stated(tmp_path: Path) -> None:
    root = folder(tmp_path / "x", (None, 6, True))
    file = root / "instances.json"
    content = json.loads(file.read_text())
    content["annotations"].append({"image_id": 0, "category_id": 1, "bbox": [120, 0, 70, 20]})
    file.write_text(json.dumps(content))
    image = Coco(root)[0].image
    assert image.shape == (100, 200, 3)
    np.testing.assert_allclose(red_box(image), [10, 30, 70, 80], atol=2)


def test_an_option_decides(tmp_path: Path) -> None:
    root = folder(tmp_path / "x", ((100, 100), 6, True))
    assert not agree(Coco(root))
    data = Coco(root, exif="upright")
    assert agree(data)
    assert data.identity != Coco(root).identity
    with pytest.raises(OptionError, match="exif=up: is not known"):
        Coco(root, exif="up")


def test_a_file_that_contradicts_itself(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "x", ((200, 100), 6, True), ((200, 100), 6, False), ((100, 100), 6, True)
    )
    with pytest.raises(DatasetError, match=r"EXIF orientation turns them.*\?exif=stored"):
        Coco(root)
    assert agree(Coco(root, exif="upright"))


def test_a_wrong_size_is_still_an_error(tmp_path: Path) -> None:
    root = folder(tmp_path / "x", ((200, 100), 6, False))
    picture(root / "images/0.jpg", (150, 100), 6, False)
    with pytest.raises(DatasetError, match=r"has 150x100 pixels, .* says 200x100"):
        Coco(root)[0]


def own(
    root: Path,
    kind: str,
    orientation: int,
    box: tuple[int, ...],
    upright: bool,
    suffix: str = "jpg",
) -> Any:
    """An image of 200x100 pixels in the layout of KITTI or BDD100K, whose labels state no size."""
    folders = ("image_2", "label_2") if kind == "kitti" else ("images", "labels")
    for name in folders:
        (root / name).mkdir(parents=True)
    picture(root / folders[0] / f"a.{suffix}", (200, 100), orientation, upright)
    x1, y1, x2, y2 = box
    if kind == "kitti":
        (root / "label_2/a.txt").write_text(f"Car 0 0 0 {x1} {y1} {x2} {y2} 1 1 1 0 0 9 0")
        return Kitti
    label = {"category": "car", "box2d": {"x1": x1, "y1": y1, "x2": x2, "y2": y2}}
    (root / "labels/a.json").write_text(json.dumps([{"name": "a", "labels": [label]}]))
    return Bdd100k


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
@pytest.mark.parametrize("kind", ["kitti", "bdd100k"])
def test_other_layouts_refuse_what_cannot_be_known(tmp_path: Path, kind: str, suffix: str) -> None:
    reader = own(tmp_path, kind, 3, (10, 30, 70, 80), upright=False, suffix=suffix)
    with pytest.raises(DatasetError, match=rf"a\.{suffix}: has an EXIF orientation.*\?exif=stored"):
        reader(tmp_path)
    np.testing.assert_allclose(red_box(reader(tmp_path, exif="stored")[0].image)[0], 10, atol=2)
    np.testing.assert_allclose(red_box(reader(tmp_path, exif="upright")[0].image)[0], 130, atol=2)


@pytest.mark.parametrize("kind", ["kitti", "bdd100k"])
@pytest.mark.parametrize(("box", "shape"), [((10, 0, 190, 90), (100, 200, 3)),
                                            ((10, 0, 90, 190), (200, 100, 3))])  # fmt: skip
def test_other_layouts_follow_the_boxes(
    tmp_path: Path, kind: str, box: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    data = own(tmp_path, kind, 6, box, upright=False)(tmp_path)
    assert data[0].image.shape == shape
    np.testing.assert_allclose(data[0].boxes[0], box)
    assert "EXIF orientation" in data.summary.lines[1]
