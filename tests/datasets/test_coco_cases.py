"""COCO JSON as other tools write it, and BDD100K's as Scalabel does: each is read and scored."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sdvbench.datasets.bdd100k import Bdd100k
from sdvbench.datasets.coco import Coco

from .perfect import perfect_map, red_box

BOX = [60, 80, 200, 190]


@pytest.mark.parametrize(
    ("name", "objects", "note"),
    [
        ("00-control", 2, None),
        ("01-text-ids", 2, None),
        ("06-iscrowd-null", 2, None),
        ("08-size-minus-one", 2, None),
        ("10-bbox-empty", 1, ("dropped", "empty box")),
        ("16-root-category", 2, ("changed", "no class: 1 (first: vehicles)")),
        ("20-bom", 2, None),
    ],
)
def test_coco_json(
    shared_cases: Path, name: str, objects: int, note: tuple[str, str] | None
) -> None:
    data = Coco(shared_cases / f"coco-json/{name}.json")
    assert data.classes == ("car", "bus")
    assert sum(len(sample.boxes) for sample in data) == objects
    for sample in data:
        assert all(np.allclose(box, BOX) for box in sample.boxes)
        np.testing.assert_allclose(red_box(sample.image), BOX, atol=2)
    assert perfect_map(data, 2) == 1
    assert data.summary is not None
    assert (data.summary.images, data.summary.objects) == (2, objects)
    if note is None:
        assert not data.summary.notes
    else:
        assert [each.kind for each in data.summary.notes] == [note[0]]
        assert note[1] in data.summary.lines[1]


def test_coco_json_folder_has_several_files(shared_cases: Path) -> None:
    with pytest.raises(Exception, match=r"several annotation files \(00-control\.json, 01-text"):
        Coco(shared_cases / "coco-json")
    assert len(Coco(shared_cases / "coco-json", split="00-control")) == 2


def test_exif_of_a_square_image(shared_cases: Path) -> None:
    data = Coco(shared_cases / "coco-exif-square")
    for sample in data:
        np.testing.assert_allclose(red_box(sample.image), BOX, atol=2)
        np.testing.assert_allclose(sample.boxes, [BOX])
    assert perfect_map(data, 1) == 1
    assert data.summary is not None
    assert "EXIF orientation" in data.summary.lines[1]


def test_scalabel_is_read_as_the_list_is(shared_cases: Path, tmp_path: Path) -> None:
    data = Bdd100k(shared_cases / "bdd100k-scalabel")
    shutil.copytree(shared_cases / "bdd100k-scalabel", tmp_path / "list")
    file = tmp_path / "list/labels/det_val.json"
    file.write_text(json.dumps(json.loads(file.read_text())["frames"]))
    for scalabel, plain in zip(data, Bdd100k(tmp_path / "list"), strict=True):
        assert scalabel.name == plain.name
        np.testing.assert_array_equal(scalabel.boxes, plain.boxes)
        np.testing.assert_array_equal(scalabel.classes, plain.classes)
    assert [len(sample.boxes) for sample in data] == [1, 0, 1]
    np.testing.assert_allclose(red_box(data[0].image), BOX, atol=2)
    assert perfect_map(data, len(data.classes)) == 1
    assert data.summary is not None
    assert data.summary.lines == ["3 images, 2 objects"]
