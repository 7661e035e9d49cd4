"""The text of --sdv-data, and parts of data sets."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.datasets import DATASETS
from sdvbench.datasets.part import Part
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
    (tmp_path / "set/classes.txt").write_text("car")
    monkeypatch.delenv("SDVBENCH_DATA", raising=False)
    with pytest.raises(DatasetError, match="not set"):
        open_dataset("yolo:set")
    monkeypatch.setenv("SDVBENCH_DATA", str(tmp_path))
    assert isinstance(open_dataset("yolo:set"), Yolo)
    monkeypatch.delenv("SDVBENCH_DATA")
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_dataset("yolo:set"), Yolo)


@given(st.integers(1, 12), *[st.none() | st.integers(-14, 14)] * 2)
def test_a_slice_takes_what_python_s_takes(size: int, start: int | None, stop: int | None) -> None:
    whole, text = Scenes(size), f"{'' if start is None else start}:{'' if stop is None else stop}"
    expected = list(range(size))[start:stop]
    if not expected:
        with pytest.raises(OptionError, match="takes none"):
            Part(whole, text)
        return
    part = Part(whole, text)
    assert part._indices == range(size)[start:stop]
    assert len(part) == len(expected)


def test_errors_name_the_option_that_was_given() -> None:
    with pytest.raises(OptionError, match="--sdv-calibration scenes:many"):
        open_dataset("scenes:many", "--sdv-calibration")


def test_parts_are_data_sets_of_their_own() -> None:
    whole, odd = Scenes(6), open_dataset("scenes:6?slice=1::2")
    assert [sample.name for sample in odd] == ["scene 1", "scene 3", "scene 5"]
    assert (odd.classes, odd.aliases) == (whole.classes, whole.aliases)
    with pytest.raises(IndexError):
        odd[3]
    assert len({whole.identity, odd.identity, open_dataset("scenes:6?slice=::2").identity}) == 3


@pytest.mark.parametrize(
    ("text", "rate_hz"), [(":4", 30), ("2:", 30), ("::2", 15), ("::-1", None), ("-2:", 30)]
)
def test_a_part_of_a_sequence_has_its_rate(text: str, rate_hz: float | None) -> None:
    whole = open_dataset("scene-sequence:6?rate_hz=30")
    assert whole.rate_hz == 30
    assert Part(whole, text).rate_hz == rate_hz
    assert Part(Scenes(6), text).rate_hz is None


def test_a_part_of_what_has_no_labels_has_none() -> None:
    whole = Scenes(6)
    assert Part(whole, ":4").labelled
    whole.labelled = False
    assert not Part(whole, ":4").labelled


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
        ("coco:.?x=1", "option 'x' is not known. Choose from split, map"),
        ("scenes:8?seed=1&seed=2", "gives 'seed' twice. Give it once"),
        ("scenes:8?slice=:4&slice=:2", "gives 'slice' twice"),
        ("scenes:8?frames=2", "Choose from seed, start, height, width, map, slice"),
        ("scenes:8?map=tree:car", "has 'tree', which is no class. Map any of car, truck"),
        ("scenes:8?map=", "maps nothing"),
        ("scenes:8?map=car", "map=car: has 'car', which is not NAME:CLASS"),
        ("scenes:8?slice=4", "slice=4 of scenes-v1-seed0-start0-size8-384x640: is no slice"),
        ("scenes:8?slice=a:", "slice=a: of scenes-v1-seed0-start0-size8-384x640: is no slice"),
        ("scenes:8?slice=::0", "slice=::0 of scenes-v1-seed0-start0-size8-384x640: is no slice"),
        (
            "scenes:8?slice=8:",
            "size8-384x640: takes none of the 8 images",
        ),
    ],
)
def test_names_what_is_wrong(spec: str, message: str) -> None:
    with pytest.raises(OptionError) as error:
        open_dataset(spec)
    assert message in str(error.value)


def test_all_kinds_can_be_imported() -> None:
    assert all(callable(DATASETS[kind]) for kind in DATASETS)
