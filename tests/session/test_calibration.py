"""Where the ranges of quantized engines come from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.cells import Cell
from sdvbench.code_digest import code_digest
from sdvbench.datasets.part import Part
from sdvbench.datasets.scenes import Scenes
from sdvbench.datasets.source import open_dataset
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError
from sdvbench.session.calibration import calibration_data
from sdvbench.session.data_lines import data_lines
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite


class Files(Scenes):
    """Stands for a data set of files: there are no more images than these."""

    def others(self, count: int) -> None:
        return None


def numbers(dataset: Scenes | Part) -> set[int]:
    return set(dataset.drawn_from[1])


def test_further_scenes_are_taken_by_default() -> None:
    scored = Scenes(6, seed=3)
    found = calibration_data(None, "scenes", scored, 4)
    assert found.scored == 0
    assert found.dataset.drawn_from == (scored.drawn_from[0], range(6, 10))
    assert "4 images of scenes-v1-seed3-start6-size4-384x640, which are not scored" in found.line


@given(st.integers(1, 12), st.integers(-12, 12), st.integers(-12, 12), st.sampled_from([1, 2, -1]))
def test_what_a_slice_leaves_out_is_taken(count: int, start: int, stop: int, step: int) -> None:
    whole = Files(12)
    text = f"{start}:{stop}:{step}"
    if not range(12)[slice(start, stop, step)]:
        return
    scored = Part(whole, text)
    found = calibration_data(None, "scenes", scored, count)
    apart = 12 - len(scored) >= count
    assert (found.dataset is scored) != apart
    assert found.scored == (0 if apart else min(count, len(scored)))
    assert apart == ("which are not scored" in found.line)
    if apart:
        assert not numbers(scored) & set(found.dataset.drawn_from[1])
        assert len(found.dataset) == count


def test_the_rest_of_a_part_of_a_part_is_apart_too() -> None:
    inner = Part(Part(Files(12), ":8"), "2:4")
    rest = inner.others(6)
    assert rest is not None
    assert list(rest.drawn_from[1]) == [0, 1, 4, 5, 6, 7]
    assert inner.others(7) is None
    assert [sample.name for sample in rest][:3] == ["scene 0", "scene 1", "scene 4"]


def test_scored_images_are_named_as_such() -> None:
    found = calibration_data(None, "scenes", Files(3), 4)
    assert found.scored == 3
    assert "3 images of scenes-v1-seed0-start0-size3-384x640, all of which are scored too" in (
        found.line
    )
    assert "--sdv-calibration KIND:PATH" in found.line


@pytest.mark.parametrize(
    ("option", "shared"),
    [("scenes:9", 4), ("scenes:9?start=6", 2), ("scenes:9?slice=7:", 1), ("scenes:4?seed=1", 0)],
)
def test_named_images_are_counted_where_they_are_scored_too(option: str, shared: int) -> None:
    assert calibration_data(option, "scenes", Files(8), 4).scored == shared


def test_engines_of_other_calibration_images_are_other_artifacts() -> None:
    plain = Suite(Settings(data="scenes:4"))
    named = Suite(Settings(data="scenes:4", calibration="scenes:4?seed=1"))
    same = Suite(Settings(data="scenes:4", calibration="scenes:32?start=4"))
    identities = [suite.calls("yolov5s").calibration(1).identity for suite in (plain, named, same)]
    assert identities[0] != identities[1]
    assert identities[0] == identities[2]


@pytest.mark.parametrize(
    ("edited", "changed"),
    [
        ("tasks/detection/letterbox.py", {"yolov5n"}),
        ("tasks/images.py", {"yolov5n"}),
        ("tasks/detection/task.py", {"yolov5n"}),
        ("tasks/driving/road.py", {"pilotnet"}),
        ("tasks/driving/task.py", {"pilotnet"}),
        ("tasks/base.py", {"yolov5n", "pilotnet"}),
        ("session/calls.py", {"yolov5n", "pilotnet"}),
        ("tasks/detection/nms.py", set()),
    ],
)
def test_ranges_are_of_inputs_as_the_task_makes_them(
    monkeypatch: pytest.MonkeyPatch, edited: str, changed: set[str]
) -> None:
    def identities() -> dict[str, str]:
        code_digest.cache_clear()
        suite = Suite(Settings(data="scenes:4"))
        return {n: suite.calls(n).calibration(1).identity for n in ("yolov5n", "pilotnet")}

    before, whole = identities(), Path.read_bytes

    def read(file: Path) -> bytes:
        return whole(file) + b"# edited" * file.as_posix().endswith(f"/sdvbench/{edited}")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        after = identities()
    assert {name for name in before if after[name] != before[name]} == changed
    assert identities() == before


def test_agreement_is_tested_on_the_images_that_ranges_come_from() -> None:
    """Where a quantized engine clips what is beyond them, its arithmetic is not what is wrong."""
    calls = Suite(Settings(data="scenes:4", imgsz=64, quick=True)).calls("yolov5s")
    ranges = list(calls.calibration(1).calls())
    compared = calls.agreement(1)
    assert len(compared) == 2
    assert np.array_equal(compared, ranges[:2])
    assert not np.array_equal(compared, calls.timing(1)[:2])


@pytest.mark.parametrize(
    ("option", "named"),
    [(None, "--sdv-data yolo:one.yaml"), ("scenes:1", "--sdv-calibration scenes:1")],
)
def test_one_image_is_no_pair(option: str | None, named: str) -> None:
    found = calibration_data(option, "yolo:one.yaml", Files(1), 4)
    with pytest.raises(DatasetError, match=f"^{named}: has one image only. Give two or more"):
        found.check_pair()
    calibration_data("scenes:2", "yolo:one.yaml", Files(1), 4).check_pair()


def test_the_lines_of_a_run_say_what_was_read_and_what_calibrated(tmp_path: Path) -> None:
    suite = Suite(Settings(model=("yolov5n",), data="scenes:4?slice=:2", store=tmp_path))
    tally = Tally()
    tally.add("clipped", "boxes were clipped", "a.txt, line 1")
    vars(suite)["dataset"] = dataset = open_dataset("scenes:4?slice=:2")
    dataset.summary = tally.summary(images=4, objects=9)
    int8 = Cell("yolov5n", "orig", "W1", "int8")
    found = data_lines([suite], [int8])["--sdv-data scenes:4?slice=:2"]
    assert found[:3] == [
        "4 images, 9 objects",
        "boxes were clipped: 1 (first: a.txt, line 1)",
        "2 of these images are used",
    ]
    assert "ranges of quantized engines come from 32 images" in found[3]
    fp32 = Cell("yolov5n", "orig", "W1", "fp32")
    assert data_lines([suite], [fp32])["--sdv-data scenes:4?slice=:2"] == found[:3]
    assert data_lines([suite], []) == {}


@pytest.mark.parametrize(
    ("data", "scored_size"), [("circuit:60", 0), ("circuit:60?slice=:20", 0), ("circuit:60", 60)]
)
def test_of_a_drive_images_are_taken_from_all_over_it(data: str, scored_size: int) -> None:
    """Not from its first frames, which show one place."""
    option = data if scored_size else None
    found = calibration_data(option, data, open_dataset(data), 6)
    assert len(found.dataset) == 6
    names = [int(sample.name.removeprefix("frame ")) for sample in found.dataset]
    assert np.diff(names).min() >= 6
    assert (found.scored == 6) == bool(scored_size)
