"""YOLO folders and images as other tools and systems leave them."""

from pathlib import Path

import numpy as np
import pytest

from sdvbench.datasets.images import read_image
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import DatasetError

from .perfect import perfect_map, red_box

NAMES = ("car", "bus", "truck")


@pytest.mark.parametrize(
    ("case", "classes", "images", "objects", "note"),
    [
        ("names-control", NAMES, 6, 6, ""),
        ("names-roboflow", NAMES, 6, 6, "images outside the split val were left out"),
        ("names-roboflow?split=train", NAMES, 6, 6, ""),
        ("names-roboflow/data.yaml?split=all", NAMES, 12, 12, ""),
        ("names-labelimg", NAMES, 6, 6, ""),
        ("line-polygon", NAMES[:1], 6, 7, "rows of 4 corners were read as the upright boxes"),
        ("line-slightly-outside", NAMES[:1], 6, 7, "boxes reach over the image's edge"),
        ("repeated-rows", NAMES[:1], 6, 6, "rows repeat another one of their file"),
        ("macos-files", NAMES[:1], 4, 4, ""),
        ("upper-suffix", NAMES[:1], 4, 4, ""),
    ],
)
def test_yolo_folders(
    shared_cases: Path, case: str, classes: tuple[str, ...], images: int, objects: int, note: str
) -> None:
    data = open_dataset(f"yolo:{shared_cases}/yolo/{case}")
    assert data.classes == classes
    assert len(data) == images
    assert sum(len(sample.boxes) for sample in data) == objects
    # Two of the boxes in "line-polygon" are of one object: suppression leaves one of them.
    assert (perfect_map(data, len(classes)) == 1) == (case != "line-polygon")
    assert data.summary is not None
    assert (data.summary.images, data.summary.objects) == (images, objects)
    assert len(data.summary.notes) == bool(note)
    assert not note or data.summary.lines[1].startswith(note)
    for sample in data:
        np.testing.assert_allclose(red_box(sample.image), sample.boxes[0], atol=3)


def test_commas_are_called_so(shared_cases: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels/0004\.txt, line 2: has commas in it"):
        open_dataset(f"yolo:{shared_cases}/yolo/line-commas")


def test_images_that_are_refused(shared_cases: Path) -> None:
    folder = shared_cases / "images"
    with pytest.raises(DatasetError, match=r"5-middle-zeroed\.jpg: has lost a part of its data"):
        read_image(folder / "5-middle-zeroed.jpg")
    with pytest.raises(DatasetError, match=r"12bit\.png: has 16 bits a sample, .* 2928 of 65535"):
        read_image(folder / "a-grey16-12bit.png")
    with pytest.raises(
        DatasetError, match=r"0009\.png: has 1089000000 pixels, more than the limit"
    ):
        open_dataset(f"yolo:{folder}/gigapixel")
