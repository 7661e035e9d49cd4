"""Which file of a folder in COCO's layout is read."""

from pathlib import Path

import pytest

from sdvbench.datasets.coco_files import annotation_file, image_base
from sdvbench.errors import DatasetError, OptionError

OFFICIAL = ("captions_val2017", "instances_val2017", "person_keypoints_val2017", "panoptic_val2017")


def layout(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")
    return root


def test_the_official_folder_means_instances(tmp_path: Path) -> None:
    layout(tmp_path, *(f"annotations/{name}.json" for name in OFFICIAL), "annotations/._x.json")
    file = annotation_file(tmp_path)
    assert file.name == "instances_val2017.json"
    assert image_base(file) == tmp_path


def test_several_splits_are_never_guessed(tmp_path: Path) -> None:
    layout(tmp_path, *(f"annotations/instances_{n}2017.json" for n in ("train", "val")))
    with pytest.raises(DatasetError, match=r"instances_train2017\.json, .*\?split=train2017"):
        annotation_file(tmp_path)
    for split in ("val2017", "val", "instances_val2017"):
        assert annotation_file(tmp_path, split).name == "instances_val2017.json"
    with pytest.raises(OptionError, match=r"split=test: is not in .*train2017, val2017"):
        annotation_file(tmp_path, "test")


def test_an_exact_split_goes_before_a_longer_one(tmp_path: Path) -> None:
    layout(tmp_path, "annotations/instances_val.json", "annotations/instances_val2.json")
    assert annotation_file(tmp_path, "val").stem == "instances_val"
    with pytest.raises(DatasetError, match="several"):
        annotation_file(tmp_path, "va")


def test_a_folder_for_each_split(tmp_path: Path) -> None:
    layout(tmp_path, *(f"{n}/_annotations.coco.json" for n in ("train", "valid")))
    layout(tmp_path, ".vscode/settings.json", "__MACOSX/x.json")
    with pytest.raises(DatasetError, match=r"train/_annotations\.coco\.json.*\?split=train"):
        annotation_file(tmp_path)
    file = annotation_file(tmp_path, "valid")
    assert image_base(file) == tmp_path / "valid"
    assert annotation_file(tmp_path / "train").parent.name == "train"


def test_a_folder_in_a_hidden_one(tmp_path: Path) -> None:
    root = layout(tmp_path / ".data", "a.json")
    assert annotation_file(root).name == "a.json"


def test_a_file(tmp_path: Path) -> None:
    layout(tmp_path, "annotations/a.JSON", "readme.txt")
    assert annotation_file(tmp_path / "annotations/a.JSON").name == "a.JSON"
    with pytest.raises(OptionError, match="split=val: chooses from the files of a folder"):
        annotation_file(tmp_path / "annotations/a.JSON", "val")
    with pytest.raises(DatasetError, match="is not a JSON file"):
        annotation_file(tmp_path / "readme.txt")


def test_none(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        annotation_file(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"holds no annotations/\*\.json"):
        annotation_file(tmp_path)
    layout(tmp_path, "captions_a.json", "b.json")
    with pytest.raises(DatasetError, match=r"several annotation files \(b\.json, captions_a\.json"):
        annotation_file(tmp_path)
