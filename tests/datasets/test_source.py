"""The text of --sdv-data, and parts of data sets."""

from pathlib import Path
from typing import Any

import pytest

from sdvbench.datasets import DATASETS
from sdvbench.datasets.scenes import Scenes, SceneSequence
from sdvbench.datasets.source import open_dataset
from sdvbench.datasets.yolo import Yolo
from sdvbench.errors import DatasetError, OptionError


def test_scenes_with_size_and_options() -> None:
    assert len(open_dataset("scenes")) == 64
    data = open_dataset("scenes:3?seed=4&height=128&width=256")
    assert isinstance(data, Scenes)
    assert data.identity == Scenes(3, seed=4, height=128, width=256).identity
    frames = open_dataset("scene-sequence:5?rate_hz=20")
    assert isinstance(frames, SceneSequence)
    assert open_dataset("scenes?seed=2").identity == Scenes(seed=2).identity


def test_relative_paths(tmp_path: Path, write_image: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "set/images/a.png")
    (tmp_path / "set/labels").mkdir()
    (tmp_path / "set/labels/a.txt").touch()
    monkeypatch.delenv("SDVBENCH_DATA", raising=False)
    with pytest.raises(DatasetError, match="not set"):
        open_dataset("yolo:set")
    monkeypatch.setenv("SDVBENCH_DATA", str(tmp_path))
    assert isinstance(open_dataset("yolo:set"), Yolo)
    monkeypatch.delenv("SDVBENCH_DATA")
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_dataset("yolo:set"), Yolo)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "is not a kind of data set (scenes, "),
        ("voc:x", "is not a kind of data set (scenes, "),
        ("kitti", "names no path. Write kitti:PATH"),
        ("kitti:.?frames=3", "option 'frames' is not known. Choose from difficulty, scheme"),
        ("kitti:.?labelled_only=perhaps", "labelled_only='perhaps' is not a value of type bool"),
        ("scenes:many", "size='many' is not a value of type int"),
        ("scenes:8?seed", "bad query field"),
        ("scenes:0", "size=0: is out of range"),
        ("scenes:1?width=1", "width=1: is out of range"),
        ("coco:.?x=1", "option 'x' is not known. It takes none"),
    ],
)
def test_names_what_is_wrong(spec: str, message: str) -> None:
    with pytest.raises(OptionError) as error:
        open_dataset(spec)
    assert message in str(error.value)


def test_all_kinds_can_be_imported() -> None:
    assert all(callable(DATASETS[kind]) for kind in DATASETS)
