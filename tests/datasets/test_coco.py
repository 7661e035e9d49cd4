"""COCO's instances: real ones, small ones, and broken ones."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sdvbench.datasets.coco import Coco
from sdvbench.datasets.coco_classes import COCO_CLASSES
from sdvbench.datasets.coco_json import parse_coco
from sdvbench.errors import DatasetError

HERE = Path("instances.json")


def document(**changes: Any) -> dict[str, Any]:
    base = {
        "images": [{"id": 7, "file_name": "a.png", "width": 200, "height": 100}],
        "categories": [{"id": 9, "name": "dog"}, {"id": 3, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 9, "bbox": [10, 20, 30, 40], "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [-5, 0, 500, 10.5], "iscrowd": 1},
            {"id": 3, "image_id": 7, "category_id": 3, "bbox": [50, 50, 0, 10]},
        ],
    }
    return base | changes


def folder(
    root: Path, write_image: Any, content: dict[str, Any], image: str = "images/a.png"
) -> Path:
    write_image(root / image)
    (root / "annotations").mkdir()
    (root / "annotations/instances_val.json").write_text(json.dumps(content))
    return root


@pytest.mark.parametrize("image", ["images/a.png", "val/a.png", "images/val/a.png", "x/y/a.png"])
def test_reads_boxes_classes_and_crowds(tmp_path: Path, write_image: Any, image: str) -> None:
    data = Coco(folder(tmp_path, write_image, document(), image))
    sample = data[0]
    assert data.classes == ("cat", "dog")  # in the order of the ids
    assert sample.image.shape == (100, 200, 3)
    # Clipped to the image; the box without area is dropped.
    np.testing.assert_allclose(sample.boxes, [[10, 20, 40, 60], [0, 0, 200, 10.5]])
    assert sample.boxes.dtype == np.float32
    assert sample.classes.tolist() == [1, 0]
    assert sample.crowd.tolist() == [False, True]


def test_identity_follows_the_labels(tmp_path: Path, write_image: Any) -> None:
    first = folder(tmp_path / "1", write_image, document())
    second = folder(tmp_path / "2", write_image, document(annotations=[]))
    assert Coco(first).identity == Coco(first).identity
    assert Coco(first).identity != Coco(second).identity
    assert len(Coco(second)[0].boxes) == 0


def annotation(**changes: Any) -> dict[str, Any]:
    return document(annotations=[document()["annotations"][0] | changes])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (annotation(bbox=[0, 0, -1, 5]), "annotations[0] (id 1): box 0 0 -1 5 has a negative size"),
        (annotation(bbox=[0, 0, float("nan"), 5]), "annotations[0] (id 1): bbox is nan"),
        (annotation(bbox=[0, 0, 10**400, 5]), "not a finite number"),
        (annotation(bbox=[0, 0, 1]), "not 4 numbers"),
        (annotation(image_id=8), "image_id 8 is not in the file"),
        (annotation(category_id=1), "category_id 1 is not in the file"),
        (annotation(iscrowd=2), "iscrowd is 2"),
        (document(images=[]), "image_id 7 is not in the file"),
        (document(images=[], annotations=[]), "lists no image"),
        (
            document(images=[*document()["images"], {"id": 7, "file_name": "b.png"}]),
            "one id to several images",
        ),
        (document(categories=3), "no list of objects 'categories'"),
        ({}, "no list of objects 'images'"),
    ],
)
def test_names_what_is_broken(content: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError) as error:
        parse_coco(json.dumps(content).encode(), HERE)
    assert message in str(error.value)
    assert str(error.value).startswith("instances.json")


def test_names_the_line_of_a_syntax_error() -> None:
    with pytest.raises(DatasetError, match="line 2, column 3"):
        parse_coco(b"{\n  x}", HERE)


def test_needs_nesting_that_python_can_follow() -> None:
    with pytest.raises(DatasetError):
        parse_coco(b"[" * 100_000, HERE)


def test_missing_wrong_and_broken_images(tmp_path: Path, write_image: Any) -> None:
    root = folder(tmp_path, write_image, document())
    write_image(root / "images/a.png", width=50)
    with pytest.raises(DatasetError, match=r"a\.png: has 50x100 pixels"):
        Coco(root)[0]
    (root / "images/a.png").write_bytes(b"no image")
    with pytest.raises(DatasetError, match=r"a\.png: cannot be decoded"):
        Coco(root)[0]
    (root / "images/a.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="cannot be decoded"):
        Coco(root)[0]
    (root / "images/a.png").rename(root / "images/b.png")
    with pytest.raises(DatasetError, match=r"1 of its 1 images are missing \(first: 'a\.png'\)"):
        Coco(root)


def test_coco128(shared_data: Path) -> None:
    data = Coco(shared_data / "coco128")
    assert len(data) == 128
    assert data.classes == COCO_CLASSES
    samples = list(data)
    assert sum(len(sample.boxes) for sample in samples) == 939
    assert sum(int(sample.crowd.sum()) for sample in samples) == 10
