"""COCO's JSON as pycocotools reads it, and what is named where it cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.coco_json import CocoFile, parse_coco
from sdvbench.datasets.summary import Summary, Tally
from sdvbench.errors import DatasetError, OptionError, SdvbenchError

from .mutations import damaged_bytes, damaged_json

HERE = Path("instances.json")
OUTLINE = [[10, 20, 40, 20, 40.5, 60]]
VALID = {
    "info": {},
    "images": [
        {"id": 7, "file_name": "a.png", "width": 200, "height": 100},
        {"id": 8, "coco_url": "http://host/val/b.png", "width": -1, "height": None},
    ],
    "categories": [
        {"id": 0, "name": "animals", "supercategory": "none"},
        {"id": 9, "name": "dog", "supercategory": "animals"},
        {"id": 3, "name": "cat", "supercategory": "animals"},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 9, "bbox": [10, 20, 30, 40], "iscrowd": 0},
        {"id": 2, "image_id": 8, "category_id": 3, "segmentation": OUTLINE, "iscrowd": None},
        {"id": 3, "image_id": 8, "category_id": 3, "bbox": [], "segmentation":
            {"size": [4, 4], "counts": [5, 2, 9]}},
    ],
}  # fmt: skip


def read(content: Any, **targets: str) -> tuple[CocoFile, Summary]:
    tally = Tally()
    found = parse_coco(json.dumps(content).encode(), HERE, tally, targets)
    return found, tally.summary(0, 0)


def with_annotations(*entries: dict[str, Any]) -> dict[str, Any]:
    return VALID | {"annotations": [VALID["annotations"][0] | entry for entry in entries]}  # type: ignore[index]


def boxes(content: CocoFile) -> list[Any]:
    return [label.box for image in content.images for label in image.labels]


@pytest.mark.parametrize(
    ("image", "category"), [("7", "9"), (7.0, 9.0), (" 7", "9 "), ("7", 9), (7, "9")]
)
def test_ids_are_numbers_or_text(image: Any, category: Any) -> None:
    found, _ = read(with_annotations({"image_id": image, "category_id": category}))
    assert boxes(found) == [(10, 20, 40, 60)]
    assert found.images[0].labels[0].class_index == 1


def test_ids_may_be_any_text() -> None:
    content = with_annotations({"image_id": "drive-1/x", "category_id": "äß"})
    content["images"] = [{"id": "drive-1/x", "file_name": "a.png"}]
    content["categories"] = [{"id": "äß", "name": "dog"}, {"id": 10, "name": "b"}]
    content["categories"] += [{"id": "9", "name": "a"}]
    found, _ = read(content)
    assert boxes(found)
    assert found.categories.names == ("a", "b", "dog")  # numbers first, by their value


@pytest.mark.parametrize("bad", [None, True, [], {}, "", 1.5, float("nan")])
def test_other_ids_are_named(bad: Any) -> None:
    with pytest.raises(DatasetError, match=r"annotations\[0\].*image_id is .*not an id"):
        read(with_annotations({"image_id": bad}))


@pytest.mark.parametrize(
    ("value", "crowd"),
    [(None, False), (False, False), (True, True), (0, False), (1.0, True), ("1", True)],
)
def test_iscrowd(value: Any, crowd: bool) -> None:
    found, _ = read(with_annotations({"iscrowd": value}))
    assert found.images[0].labels[0].crowd is crowd


@pytest.mark.parametrize(
    "size", [{}, {"width": None, "height": None}, {"width": -1, "height": -1}, {"width": 9},
             {"width": "0", "height": 5}],
)  # fmt: skip
def test_sizes_that_are_not_stated(size: dict[str, Any]) -> None:
    found, _ = read(with_annotations({}) | {"images": [{"id": 7, "file_name": "a.png"} | size]})
    assert (found.images[0].width, found.images[0].height) == (0, 0)


def test_sizes_may_be_text() -> None:
    image = {"id": 7, "file_name": "a.png", "width": "200", "height": 100.0}
    found, _ = read(with_annotations({"bbox": ["1", "2.5", 3, 4]}) | {"images": [image]})
    assert (found.images[0].width, found.images[0].height) == (200, 100)
    assert boxes(found) == [(1, 2.5, 4, 6.5)]


@pytest.mark.parametrize("empty", [[], None, [5, 5, 0, 0], [5, 5, 0, 9]])
def test_empty_boxes_are_left_out_and_counted(empty: Any) -> None:
    found, summary = read(with_annotations({}, {"bbox": empty}))
    assert len(boxes(found)) == 1
    assert summary.lines[1] == (
        "annotations have an empty box and no outline, and were dropped: "
        "1 (first: annotations[1] (id 1))"
    )


@pytest.mark.parametrize("empty", [[], None, [0, 0, 0, 0]])
def test_an_outline_stands_in_for_a_box(empty: Any) -> None:
    found, summary = read(with_annotations({"bbox": empty, "segmentation": OUTLINE}))
    assert boxes(found) == [(10, 20, 40.5, 60)]
    assert summary.count("changed") == 2  # the outline, and the root category


def test_repeated_annotations_are_dropped_and_counted() -> None:
    crowd = {"iscrowd": 1}
    found, summary = read(with_annotations({}, {"id": 5}, {"category_id": 3}, crowd, {"id": 6}))
    assert len(boxes(found)) == 3
    assert summary.count("dropped") == 2


def test_annotations_of_images_elsewhere() -> None:
    found, summary = read(with_annotations({}, {"image_id": 99}))
    assert len(boxes(found)) == 1
    assert "belong to an image that the file does not list" in summary.lines[1]


def test_repeated_image_entries() -> None:
    first = VALID["images"][0]  # type: ignore[index]
    found, summary = read(with_annotations({}) | {"images": [first, first]})
    assert len(found.images) == 1
    assert summary.count("dropped") == 1
    with pytest.raises(DatasetError, match=r"lists 'a.png' twice, with the ids 7 and 8"):
        read(with_annotations({}) | {"images": [first, first | {"id": 8}]})


ROBOFLOW = [{"id": 0, "name": "car", "supercategory": "none"},
            {"id": 9, "name": "car", "supercategory": "car"}]  # fmt: skip
SAME = [{"id": 9, "name": "dog", "supercategory": "dog"}, {"id": 3, "name": "cat"}]
DEEP = [{"id": 1, "name": "all"}, {"id": 2, "name": "pets", "supercategory": "all"},
        {"id": 9, "name": "dog", "supercategory": "pets"}]  # fmt: skip


@pytest.mark.parametrize(
    ("categories", "names"),
    [
        (VALID["categories"], ("cat", "dog")),
        (ROBOFLOW, ("car",)),  # the project has the name of its class
        (SAME, ("cat", "dog")),  # COCO's person is its own supercategory; cat has no object
        (DEEP, ("pets", "dog")),  # pets may be a class without objects
    ],
)
def test_categories_that_only_group_others(categories: Any, names: tuple[str, ...]) -> None:
    found, _ = read(with_annotations({}) | {"categories": categories})
    assert found.categories.names == names
    label = found.images[0].labels[0]
    assert names[label.class_index] in ("dog", "car")


def test_a_root_with_objects_is_a_class() -> None:
    found, summary = read(with_annotations({"category_id": 0}))
    assert found.categories.names == ("animals", "cat", "dog")
    assert not summary.notes
    kept, _ = read(with_annotations({}), animals="animals")
    assert kept.categories.names == ("animals", "cat", "dog")


def test_map_renames_joins_and_leaves_out() -> None:
    content = with_annotations({}, {"category_id": 3})
    found, _ = read(content, dog="pet", cat="pet")
    assert found.categories.names == ("pet",)
    assert {label.class_index for label in found.images[0].labels} == {0}
    assert found.categories.aliases == {"dog": "pet", "cat": "pet"}
    found, summary = read(content, cat="")
    assert found.categories.names == ("dog",)
    assert len(boxes(found)) == 1
    assert "of a class that the map leaves out" in summary.lines[1]
    with pytest.raises(OptionError, match="maps 'cow', which is not a category of"):
        read(content, cow="dog")


@pytest.mark.parametrize("absent", [{"annotations": None}, {"annotations": []}])
def test_files_without_annotations(absent: dict[str, Any]) -> None:
    found, _ = read(VALID | absent)
    assert not found.labelled
    assert len(found.images) == 2
    assert found.images[1].file_name == "val/b.png"
    bare, _ = read({"images": VALID["images"]})
    assert not bare.labelled
    assert bare.categories.names == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"image_id": 1, "category_id": 1, "bbox": [], "score": 0.5}], "list of detections"),
        ([1], "is a JSON list"),
        (7, "is not a JSON object"),
        (with_annotations() | {"annotations": [{"image_id": 7, "caption": "a dog"}]}, "captions"),
        (with_annotations() | {"annotations": [{"segments_info": []}]}, "panoptic segments"),
        (with_annotations() | {"annotations": [{"image_id": 7}]}, "without any box"),
        (with_annotations({"segmentation": [[1, 2]], "bbox": []}), "a polygon of 2 numbers"),
        (with_annotations({"bbox": 5}), "bbox is 5, not 4 numbers"),
        (with_annotations({"bbox": [0.1, 0.2, 0.3, 0.4]}), "all boxes as fractions of the image"),
        (VALID | {"categories": ROBOFLOW[1:] * 2}, "id 9 is not unique"),
        (VALID | {"categories": [*VALID["categories"], {"id": 5, "name": "dog"}]},  # type: ignore[misc]
         "names 2 categories 'dog'"),
        (VALID | {"categories": None}, "no list of objects 'categories'"),
        (VALID | {"images": [{"id": 1, "file_name": 5}]}, "file_name is 5, not a name"),
    ],
)  # fmt: skip
def test_names_what_it_is_instead(content: Any, message: str) -> None:
    with pytest.raises(DatasetError) as error:
        read(content)
    assert message in str(error.value)
    assert str(error.value).startswith("instances.json")


@settings(max_examples=2000)
@given(damaged_json(VALID) | damaged_bytes(json.dumps(VALID).encode()) | st.binary(max_size=40))
def test_ends_in_a_result_or_an_error_of_its_own(data: bytes) -> None:
    try:
        found = parse_coco(data, HERE)
    except SdvbenchError:
        return
    for image in found.images:
        for label in image.labels:
            assert label.box[0] < label.box[2]
            assert 0 <= label.class_index < len(found.categories.names)
