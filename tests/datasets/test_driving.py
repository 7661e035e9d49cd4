"""Recordings of drives: matching of rows and images, what is counted, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdvbench.datasets.driving import Driving
from sdvbench.datasets.driving_files import ORIGIN, _json_rows
from sdvbench.datasets.source import open_dataset
from sdvbench.errors import DatasetError, OptionError
from sdvbench.vehicle_command import CommandRange
from tests.datasets.recordings import HEADER, ROWS, recording

COMMANDS = [[13, 0.5], [12.5, -1], [7, 3]]


def read(data):
    return [data[i].command.tolist() for i in range(len(data))]


def test_images_and_commands_of_a_recording(tmp_path):
    data = open_dataset(f"driving:{recording(tmp_path)}")
    assert (len(data), data.task, data.labelled_for("driving")) == (3, "driving", True)
    assert not data.labelled_for("detection")
    assert read(data) == COMMANDS
    assert [data[i].name for i in range(3)] == [f"Images/{i}.png" for i in range(3)]
    assert [int(data[i].image[0, -1, 0]) for i in range(3)] == [0, 10, 20]
    assert data.summary.lines == ["3 images, 3 commands"]


def test_rows_in_another_order_go_with_their_own_images(tmp_path):
    data = Driving(recording(tmp_path, ROWS[::-1]))
    assert read(data) == COMMANDS[::-1]
    assert [int(sample.image[0, -1, 0]) for sample in data] == [20, 10, 0]


def test_images_may_lie_beside_the_file_and_other_columns_are_left(tmp_path):
    rows = [f"{row},17.25" for row in ROWS]
    names = ("0.png", "1.png", "2.png")
    data = Driving(recording(tmp_path, rows, header=f"{HEADER},timestamp", images=names))
    assert read(data) == COMMANDS


def test_rows_without_names_belong_to_images_by_number(tmp_path):
    names = tuple(f"Images/{i}.png" for i in range(12))
    text = "".join(f'{{"w": {i / 10 - 1}, "v": {i + 7}}}' for i in range(12))
    old = Driving(recording(tmp_path / "json", images=names, files={"data.json": text}))
    assert [sample.image[0, -1, 0] for sample in old] == list(range(0, 120, 10)), "10 follows 9"
    assert read(old) == [pytest.approx([i + 7, i / 10 - 1]) for i in range(12)]
    rows = [f"{i + 7},{i / 10 - 1}" for i in range(12)]
    same = Driving(recording(tmp_path / "csv", rows, header="v,w", images=names))
    assert read(same) == read(old)


def test_several_recordings_are_read_one_after_another(tmp_path):
    recording(tmp_path / "b" / "nurburgring_1")
    recording(tmp_path / "a" / "many_curves", ["0.png,20,0"], images=["0.png"])
    data = Driving(tmp_path)
    assert read(data) == [[20, 0], *COMMANDS]
    assert data[0].name == "a/many_curves/0.png"


def test_every_image_may_come_once_more_mirrored(tmp_path):
    data = open_dataset(f"driving:{recording(tmp_path)}?mirrored=1")
    assert len(data) == 6
    assert read(data)[3:] == [[v, -w] for v, w in COMMANDS]
    assert np.array_equal(data[4].image, data[1].image[:, ::-1])
    assert not np.array_equal(data[4].image, data[1].image)
    assert data[4].name == "Images/1.png mirrored"
    assert read(data)[:3] == COMMANDS, "the originals are not changed by the mirroring"
    assert data.identity != Driving(tmp_path).identity
    with pytest.raises(IndexError):
        data[6]


def test_what_does_not_match_is_counted_and_left_out(tmp_path):
    rows = [*ROWS, ROWS[1], "8.png,13,0", "9.png,13,0"]
    data = Driving(recording(tmp_path, rows, images=[f"Images/{i}.png" for i in range(5)]))
    assert read(data) == COMMANDS
    told = "\n".join(data.summary.lines)
    assert "rows name an image that is not there, and were dropped: 2 (first: " in told
    assert "data.csv, line 6)" in told
    assert "rows repeat another one and were dropped: 1 (first: " in told
    assert "images have no row and were left out: 2 (first: " in told


def test_commands_beyond_the_study_s_ranges_are_told(tmp_path):
    data = Driving(recording(tmp_path, ["0.png,24,7.1", "1.png,6.5,-7.1", "2.png,6,0"]))
    (line,) = data.summary.lines[1:]
    assert "v 6.5 to 24 and w -7.1 to 7.1: 1 (first: " in line
    assert read(data)[2] == [6, 0], "and are not clipped"


def test_scaled_commands_are_not_guessed(tmp_path):
    folder = recording(tmp_path, ["0.png,0,0.5", "1.png,1,0", "2.png,0.5,1"])
    with pytest.raises(DatasetError, match=r"within 0\.\.1, as scaled ones are\. Add \?scaled=yes"):
        Driving(folder)
    back = open_dataset(f"driving:{folder}?scaled=yes")
    assert read(back) == [pytest.approx(c, abs=1e-6) for c in ([6.5, 0], [24, -7.1], [15.25, 7.1])]
    assert "commands within 0..1 were turned back into units" in back.summary.lines[1]
    assert len(back.summary.lines) == 2, "none of them is beyond the ranges"
    assert read(Driving(folder, scaled="no"))[1] == [1, 0]
    with pytest.raises(DatasetError, match=r"has commands beyond 0\.\.1"):
        Driving(recording(tmp_path / "other"), scaled="yes")
    with pytest.raises(OptionError, match="scaled=maybe: is not known"):
        Driving(folder, scaled="maybe")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["0.png,nan,0"], r"data\.csv, line 2: v is 'nan', not a finite number"),
        (["0.png,13,0", "1.png,13,inf"], r"data\.csv, line 3: w is 'inf', not a finite number"),
        (["0.png,1e39,0"], r"data\.csv, line 2: v is 1e\+39, more than a float32 holds"),
        (["0.png,13,"], r"line 2: w is '', not a finite number"),
        (["0.png,13"], r"line 2: has 2 values, and the header 3 columns"),
        (["0.png,13,0,5,5"], r"line 2: has 5 values, and the header 3 columns"),
        ([",13,0"], r"line 2: names no image"),
        (["0.png,13,0", "0.png,13,1"], r"line 3: gives another command for 0\.png than .*line 2"),
        (["7.png,13,0"], r"data\.csv: names no image that is there \('7\.png' is the first\)"),
        ([], r"data\.csv: has no row"),
        (['"0.png,13,0'], r"line \d: is no CSV \("),
    ],
)
def test_broken_rows_are_named_with_their_line(tmp_path, rows, told):
    with pytest.raises(DatasetError, match=told):
        Driving(recording(tmp_path, rows))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("image_id,throttle,steer", r"line 1: has no column 'v' \(image_id, throttle, steer\)"),
        ("image_name;v;w", r"has no column 'v' \(image_name;v;w\)\. .*separated by commas"),
        ("0.png,13,0.5", "has no column 'v'"),
        ("image_name,v,w,w", "has two columns 'w'"),
        ("", r"has no column 'v' \(nothing\)"),
    ],
)
def test_wrong_headers(tmp_path, header, told):
    with pytest.raises(DatasetError, match=told):
        Driving(recording(tmp_path, header=header))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"v": 13, "w": 0}\n{"v": 13}', r"data\.json, line 2: has an object without 'w'"),
        ('{"v": 13, "w": 0}\n\n{"v": 13, "w": }', r"data\.json, line 3: is not JSON"),
        ('{"v": 13, "w": 0}', r"has 1 rows for 3 images, and names none\. Give a header with"),
        ("[]", "has no row"),
        ('{"v": 13, "w": -1e39}', r"line 1: w is -1e\+39, more than a float32 holds"),
        ('{"v": 13, "w": true}', r"line 1: w is True, not a finite number"),
        ("13", "has an object without 'v'"),
    ],
)
def test_broken_json(tmp_path, text, told):
    with pytest.raises(DatasetError, match=told):
        Driving(recording(tmp_path, files={"data.json": text}))


def test_images_without_numbers_need_names(tmp_path):
    folder = recording(tmp_path, ["13,0"], header="v,w", images=["Images/first.png"])
    with pytest.raises(DatasetError, match=r"first\.png: is not named by a number, and data\.csv"):
        Driving(folder)
    twice = recording(tmp_path / "b", ["13,0"] * 2, header="v,w", images=["01.png", "1.png"])
    with pytest.raises(DatasetError, match="has two images of one number"):
        Driving(twice)


def test_folders_without_recordings_or_images(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        DatasetError, match=r"holds neither data\.csv nor data\.json, and no folder"
    ):
        Driving(tmp_path / "empty")
    with pytest.raises(DatasetError, match=r"holds no image\. Put the images of data\.csv there"):
        Driving(recording(tmp_path / "none", images=[]))
    with pytest.raises(DatasetError, match="does not exist"):
        Driving(tmp_path / "gone")


def test_a_json_file_beside_a_csv_file_is_told(tmp_path):
    recording(tmp_path)
    (tmp_path / "data.json").write_text("{}")
    assert "label files beside a data.csv were not read: 1" in Driving(tmp_path).summary.lines[1]


def test_labels_and_images_are_the_identity(tmp_path):
    one, same = Driving(recording(tmp_path / "a")), Driving(recording(tmp_path / "b"))
    assert one.identity == same.identity
    other = Driving(recording(tmp_path / "c", [*ROWS[:2], "2.png,7,3.5"]))
    assert other.identity != one.identity


finite = st.floats(-1e6, 1e6, allow_nan=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    commands=st.lists(st.tuples(finite, finite), max_size=20),
    between=st.sampled_from(["", ",", "\n", " ,\n\n", "\r\n"]),
    around=st.sampled_from([("", ""), ("[", "]"), ("\n[\n", "\n]\n")]),
    indent=st.sampled_from([None, 2]),
)
def test_objects_of_json_with_anything_between(tmp_path, commands, between, around, indent):
    objects = [json.dumps({"w": w, "v": v}, indent=indent) for v, w in commands]
    text = around[0] + between.join(objects) + around[1]
    rows = _json_rows(text, tmp_path / "data.json")
    assert [row.command for row in rows] == commands
    lines = [int(row.where.rpartition(" ")[2]) for row in rows]
    place, wanted = 0, []
    for one in objects:
        place = text.index(one, place)
        wanted.append(text[:place].count("\n") + 1)
        place += len(one)
    assert lines == wanted


def test_ranges_are_those_that_the_recording_names(tmp_path):
    origin = {"commands": {"v": [6.0, 15.0], "w": [-1.0, 1.0]}}
    files = {"data.csv": f"{HEADER}\n0.png,0.5,0.5\n1.png,0.6,0.1\n", ORIGIN: json.dumps(origin)}
    images = ("Images/0.png", "Images/1.png")
    found = Driving(recording(tmp_path / "drive", images=images, files=files))
    assert found.command_range == CommandRange((6.0, 15.0), (-1.0, 1.0))
    assert found[0].command.tolist() == [
        0.5,
        0.5,
    ]  # in the vehicle's units
    assert "commands lie outside of the ranges" in str(found.summary.lines)
    with pytest.raises(OptionError, match=r"scaled=yes .*means nothing"):
        Driving(tmp_path / "drive", scaled="yes")
    (tmp_path / "drive" / ORIGIN).unlink()  # which decides what outputs mean
    assert Driving(tmp_path / "drive", scaled="no").identity != found.identity
    (tmp_path / "drive" / ORIGIN).write_text(json.dumps(origin))
    other = {"commands": {"v": [6.0, 15.0], "w": [-2.0, 2.0]}}
    recording(tmp_path / "other", images=images, files=files | {ORIGIN: json.dumps(other)})
    with pytest.raises(DatasetError, match="has other ranges of v and w than"):
        Driving(tmp_path)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"commands": {"v": [1]}}', '{"commands": {"v": [2, 1], "w": [0, 1]}}']
)
def test_recordings_with_damaged_ranges(tmp_path, text):
    folder = recording(tmp_path / "drive")
    (folder / ORIGIN).write_text(text)
    with pytest.raises(DatasetError, match=r"recording\.json.*Record it again"):
        Driving(folder)
