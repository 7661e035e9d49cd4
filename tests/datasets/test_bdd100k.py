"""BDD100K's labels of 2020 and of 2018."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets.bdd100k import Bdd100k
from sdvbench.datasets.bdd100k_categories import BDD_CLASSES
from sdvbench.datasets.bdd100k_frames import parse_bdd100k
from sdvbench.errors import DatasetError

HERE = Path("det_val.json")
BOX = {"x1": 10, "y1": 20, "x2": 30.5, "y2": 250}


def label(category: str, **changes: Any) -> dict[str, Any]:
    return {"category": category, "box2d": BOX, "attributes": {"crowd": False}} | changes


def test_list_of_frames(tmp_path: Path, write_image: Any) -> None:
    labels = [
        label("car"),
        label("person"),
        label("trailer"),
        label("rider", attributes={"crowd": True}),
        label("drivable area", box2d=None),
        {"category": "lane/crosswalk", "poly2d": []},
    ]
    frames = [{"name": "a.jpg", "labels": labels}, {"name": "b.jpg", "labels": None}]
    frames.append({"name": "absent.jpg"})
    for name in "abc":
        write_image(tmp_path / f"images/100k/val/{name}.jpg")
    (tmp_path / "labels/det_20").mkdir(parents=True)
    (tmp_path / "labels/det_20/det_val.json").write_text(json.dumps(frames))
    data = Bdd100k(tmp_path)
    assert [sample.name for sample in data] == ["a.jpg", "b.jpg"]  # c has no labels at all
    first = data[0]
    np.testing.assert_allclose(first.boxes[0], [10, 20, 30.5, 100])
    names = [BDD_CLASSES[index] for index in first.classes]
    assert names == ["car", "pedestrian", "truck", "rider"]
    assert first.crowd.tolist() == [False, False, True, True]
    assert not first.ignore.any()
    assert len(data[1].boxes) == 0


def test_one_file_an_image(tmp_path: Path, write_image: Any) -> None:
    write_image(tmp_path / "images/100k/val/a.jpg")
    (tmp_path / "labels").mkdir()
    content = {"name": "a", "frames": [{"objects": [label("bike"), label("motor")]}]}
    (tmp_path / "labels/a.json").write_text(json.dumps(content))
    names = [BDD_CLASSES[index] for index in Bdd100k(tmp_path)[0].classes]
    assert names == ["bicycle", "motorcycle"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (label("zebra"), "category 'zebra' is not one of BDD100K's"),
        (label("car", box2d={"x1": 1}), "box2d.y1 is None"),
        (label("car", box2d=BOX | {"x2": 0}), "has a negative size"),
        (label("car", box2d=[1, 2, 3, 4]), "no JSON object"),
        ("car", "is no JSON object"),
        ({"box2d": BOX}, "has no category"),
    ],
)
def test_names_the_label(found: Any, message: str) -> None:
    data = json.dumps([{"name": "a.jpg", "labels": [label("car"), found]}]).encode()
    with pytest.raises(DatasetError) as error:
        parse_bdd100k(data, HERE)
    assert str(error.value).startswith("det_val.json, frame 0 (a), label 1: ")
    assert message in str(error.value)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("name", "labels", "frames", "objects", "category", "box2d")), inner
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_fails_in_no_other_way(data: bytes) -> None:
    with suppress(DatasetError):
        parse_bdd100k(data, HERE)


def test_missing_files(tmp_path: Path, write_image: Any) -> None:
    with pytest.raises(DatasetError, match="holds no JSON file"):
        Bdd100k(tmp_path)
    (tmp_path / "a.json").write_text('{"name": "a"}')
    (tmp_path / "b.json").write_text('{"name": "a"}')
    with pytest.raises(DatasetError, match=r"b\.json: labels 'a', which another file"):
        Bdd100k(tmp_path)
    (tmp_path / "b.json").unlink()
    write_image(tmp_path / "z.png")
    with pytest.raises(DatasetError, match="holds no image that"):
        Bdd100k(tmp_path)
