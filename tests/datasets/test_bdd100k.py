"""BDD100K's labels of 2020 and of 2018."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.bdd100k import Bdd100k
from sdvbench.datasets.bdd100k_categories import BDD_CLASSES
from sdvbench.datasets.bdd100k_frames import parse_bdd100k
from sdvbench.errors import DatasetError, OptionError, SdvbenchError

from .mutations import damaged_bytes, damaged_json
from .perfect import perfect_map

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


def layout(
    root: Path, write_image: Any, files: dict[str, Any], images: str = "a.jpg b.jpg"
) -> Path:
    for name in images.split():
        write_image(root / "images/100k/val" / name)
    for name, content in files.items():
        (root / "labels" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "labels" / name).write_text(json.dumps(content))
    return root


def frame(name: str, *labels: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "labels": list(labels), "attributes": None}


LANES = [frame("a.jpg", {"category": "crosswalk", "poly2d": [{"vertices": [[0, 1]]}]}),
         frame("c.jpg", {"category": "road curb", "poly2d": None})]  # fmt: skip
AREAS = [
    frame("a.jpg", {"category": "direct", "poly2d": []}),
    frame("b.jpg", {"category": "direct"}),
]
OBJECTS = [frame("a.jpg", label("car")), frame("b.jpg", label("bus"))]


def notes(data: Bdd100k) -> list[str]:
    assert data.summary is not None
    return data.summary.lines[1:]


@pytest.mark.parametrize(
    "content",
    [
        {"frames": OBJECTS},
        {"frames": OBJECTS, "groups": None, "config": None},
        {"name": "val", "frames": OBJECTS},
        OBJECTS,
    ],
)
def test_scalabel(tmp_path: Path, write_image: Any, content: Any) -> None:
    data = Bdd100k(layout(tmp_path, write_image, {"det_val.json": content}))
    assert [data.classes[sample.classes[0]] for sample in data] == ["car", "bus"]
    assert perfect_map(data, 10) == 1
    assert notes(data) == [
        "boxes reach over the edge of their image and were clipped: 2 (first: a.jpg)"
    ]


def test_det_20_beside_others(tmp_path: Path, write_image: Any) -> None:
    files = {"det_20/det_val.json": OBJECTS, "lane/polygons/lane_val.json": LANES}
    files |= {"drivable/polygons/drivable_val.json": AREAS, "box_track_20/val/v.json": [{"x": 1}]}
    data = Bdd100k(layout(tmp_path, write_image, files))
    assert sum(len(sample.boxes) for sample in data) == 2
    assert notes(data)[1] == (
        "JSON files beside det_20/ were not read: 3 (first: box_track_20/val/v.json)"
    )


def test_lanes_and_areas_without_folders(tmp_path: Path, write_image: Any) -> None:
    files = {"det_val.json": OBJECTS, "lane_val.json": LANES, "drivable_val.json": AREAS}
    data = Bdd100k(layout(tmp_path, write_image, files))
    assert [len(sample.boxes) for sample in data] == [1, 1]
    assert "JSON files hold lanes, areas or outlines but no boxes" in notes(data)[1]


def test_outlines_alone(tmp_path: Path, write_image: Any) -> None:
    with pytest.raises(DatasetError, match=r"lane_val\.json: holds outlines .* but no box2d"):
        Bdd100k(layout(tmp_path, write_image, {"lane_val.json": LANES}))


def test_what_is_left_out_is_counted(tmp_path: Path, write_image: Any) -> None:
    outline = label("rider", box2d=None, poly2d=[])
    beside = label("car", box2d={"x1": 500, "y1": 5, "x2": 600, "y2": 9})
    labels = [
        label("car"),
        label("car"),
        outline,
        label("bus", box2d=dict.fromkeys(BOX, 5)),
        beside,
    ]
    content = [frame("a.jpg", *labels), frame("gone.jpg", label("car"), label("car"))]
    data = Bdd100k(layout(tmp_path, write_image, {"det.json": content}))
    assert len(data[0].boxes) == 1
    assert notes(data) == [
        "labels repeat another one and were dropped: 1 (first: det.json, frame 0 (a), label 1)",
        "labels have an outline but no box2d, and were dropped: "
        "1 (first: det.json, frame 0 (a), label 2)",
        "labels have a box without area and were dropped: "
        "1 (first: det.json, frame 0 (a), label 3)",
        "boxes lie outside of their image and were dropped: 1 (first: a.jpg)",
        "boxes reach over the edge of their image and were clipped: 1 (first: a.jpg)",
        "images are not among the labelled frames and were left out: 1 (first: b.jpg)",
        "labelled frames have no image here and were left out: 1 (first: gone)",
    ]
    assert data.summary is not None
    assert (data.summary.images, data.summary.objects) == (1, 1)


@pytest.mark.parametrize("name", ["v.01-x", "v.01-x.jpg", "val\\v.01-x.jpg", "val/v.01-x"])
def test_names_with_and_without_suffix(tmp_path: Path, write_image: Any, name: str) -> None:
    root = layout(tmp_path, write_image, {"d.json": [frame(name, label("car"))]}, "v.01-x.jpg")
    assert len(Bdd100k(root)[0].boxes) == 1


def test_an_image_of_another_drive_is_noted(tmp_path: Path, write_image: Any) -> None:
    files = {"d.json": [frame("s1/1.jpg", label("car"))]}
    root = layout(tmp_path, write_image, files, "s2/1.jpg")
    data = Bdd100k(root)
    assert data.summary is not None
    note = "images lie in another folder than the labels say: 1 (first: s1/1.jpg)"
    assert note in data.summary.lines
    write_image(root / "images/100k/val/s1/1.jpg")
    data = Bdd100k(root)
    assert data.summary is not None
    assert note not in data.summary.lines


def test_images_of_one_name(tmp_path: Path, write_image: Any) -> None:
    files = {"d.json": [frame("a.jpg", label("car"))]}
    root = layout(tmp_path, write_image, files, "a.jpg a.png")
    assert [sample.name for sample in Bdd100k(root)] == ["a.jpg"]
    write_image(root / "images/100k/train/a.jpg")
    with pytest.raises(DatasetError, match="is one of 2 images of this name"):
        Bdd100k(root)


def test_names_of_ones_own(tmp_path: Path, write_image: Any) -> None:
    content = [frame("a.jpg", label("Bus"), label("Tram", box2d=BOX | {"x1": 2}), label("bus"))]
    root = layout(tmp_path, write_image, {"d.json": content})
    with pytest.raises(DatasetError, match=r"category 'Bus' .*\?map=Bus:car"):
        Bdd100k(root)
    data = Bdd100k(root, map="Bus:bus,Tram:")
    assert [data.classes[index] for index in data[0].classes] == ["bus"]  # the same box twice
    assert data.aliases["Bus"] == "bus"
    assert "map leaves out" in notes(data)[0] or "map leaves out" in notes(data)[1]
    joined = Bdd100k(root, map="Bus:vehicle,Tram:vehicle,bus:vehicle,car:vehicle")
    assert "bus" not in joined.classes
    assert {joined.classes[index] for index in joined[0].classes} == {"vehicle"}
    assert joined.aliases["bus"] == joined.aliases["Tram"] == "vehicle"
    assert joined.identity != data.identity
    with pytest.raises(OptionError, match="maps 'Bus' onto 'coach', which is not a class here"):
        Bdd100k(root, map="Bus:coach")


def test_frames_without_labels(tmp_path: Path, write_image: Any) -> None:
    data = Bdd100k(
        layout(tmp_path, write_image, {"d.json": [{"name": "a.jpg"}, {"name": "b.jpg"}]})
    )
    assert not data.labelled
    assert len(data) == 2
    assert Bdd100k(layout(tmp_path, write_image, {"d.json": [frame("a.jpg")]})).labelled


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
        (label("zebra"), "?map=zebra:car, or ?map=zebra: to leave it out"),
        (label("car", attributes={"crowd": "maybe"}), "crowd attribute 'maybe'"),
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


VALID: Any = {
    "config": {},
    "frames": [
        {"name": "a.jpg", "labels": [label("car"), label("bus", box2d=None, poly2d=[])]},
        {"name": "b", "frames": [{"objects": [label("other person", attributes=None)]}]},
        {"name": "c.png", "labels": None, "attributes": {}},
    ],
}


@settings(max_examples=2000)
@given(
    damaged_json(VALID)
    | damaged_json(VALID["frames"])
    | damaged_bytes(json.dumps(VALID).encode())
    | st.binary(max_size=40)
)
def test_ends_in_a_result_or_an_error_of_its_own(data: bytes) -> None:
    with suppress(SdvbenchError):
        for frame in parse_bdd100k(data, HERE).frames.values():
            for found in frame.labels:
                assert found.box[0] < found.box[2]
                assert 0 <= found.class_index < len(BDD_CLASSES)


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
