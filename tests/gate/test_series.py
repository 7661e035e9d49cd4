"""A figure over many runs, and where it changed."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.cli import main
from sdvbench.gate.results import read_results
from sdvbench.gate.series import change_points, series
from tests.gate.benchmark_files import CELL, record, write


@pytest.mark.parametrize("option", ["--strict", "--tolerance=0.1"])
def test_a_series_has_no_verdict(runs, capsys, option):
    files = [str(file) for file in runs(*[[record()]] * 2)]
    assert main(["compare", *files, files[0], option]) == 2
    assert "a series has no verdict" in capsys.readouterr().err


def test_many_files_give_the_series_and_its_changes(tmp_path, capsys):
    levels = [0.5, 0.503, 0.498, 0.501, 0.6, 0.601, 0.598, 0.602]
    files = [
        str(write(tmp_path / f"{i}.json", record(cost=(level,) * 3), date=f"2026-01-0{i + 1}"))
        for i, level in enumerate(levels)
    ]
    assert main(["compare", *files, "--format=json"]) == 0
    found = json.loads(capsys.readouterr().out)["figures"][f"{CELL} latency"]
    assert found == {"values": levels, "changes": [files[4]]}
    main(["compare", *files])
    assert "5 (+19.8 %)" in capsys.readouterr().out
    main(["compare", *files[:3]])
    assert "changes are looked for in 6 runs or more" in capsys.readouterr().out


DAY = "2026-01-02T"


@pytest.fixture
def history(tmp_path, capsys):
    """What the command says, of files with these dates, in two forms."""

    def told(*dates, **others):
        files = [write(tmp_path / f"{n}.json", record(), date=d) for n, d in enumerate(dates, 1)]
        write(files[0], record(), date=dates[0], **others)
        assert main(["compare", *map(str, files), "--format=json"]) == 0
        found = json.loads(capsys.readouterr().out)
        found["runs"] = [int(Path(file).stem) for file in found["runs"]]
        assert main(["compare", *map(str, files)]) == 0
        return found, capsys.readouterr().out.splitlines()

    return told


def test_the_dates_decide_the_order_whatever_that_of_the_arguments(history):
    dates = [f"{DAY}09:00:00+00:00", f"{DAY}11:30:00+02:00", f"{DAY}08:00:00"]
    found, lines = history(*dates)
    assert found["runs"] == [3, 1, 2]
    assert found["dates"] == [dates[2], dates[0], dates[1]]
    assert found["order"] == lines[0] == "the files were ordered by their dates"
    assert "3.json (2026-01-02 08:00 UTC, commit" in lines[1]
    assert "2.json (2026-01-02 09:30 UTC, commit" in lines[3]


def test_files_in_order_and_of_one_date_stay_as_they_are(history):
    found, lines = history(f"{DAY}08", f"{DAY}09", f"{DAY}09", f"{DAY}10")
    assert (found["runs"], found["order"]) == ([1, 2, 3, 4], "")
    assert lines[0].startswith("1: ")
    assert history(f"{DAY}09", f"{DAY}09", f"{DAY}08")[0]["runs"] == [3, 1, 2]


def test_a_file_without_a_date_leaves_the_order_as_given(history):
    found, lines = history(f"{DAY}09", "Tuesday\x1b[31m", "9999-12-31T23:59:59-23:59")
    assert found["runs"] == [1, 2, 3]
    assert found["order"] == lines[0]
    assert lines[0].startswith("the files are in the order given: ")
    assert lines[0].endswith("2.json has no date that can be read")
    assert r"2.json (Tuesday\x1b[31m, commit" in lines[2]


def test_json_says_what_differs_between_neighbours_too(history):
    found, lines = history(f"{DAY}08", f"{DAY}09", f"{DAY}10", hardware="other-cpu")
    (differs,) = found["differences"]
    assert differs.endswith("2.json: hardware differs: other-cpu -> some-cpu")
    assert differs in lines


def test_a_series_holds_like_figures_only(tmp_path):
    records = [
        record(cost=(0.9,) * 3, imgsz=320),
        record(),
        record(cost=(0.9,) * 3, disturbed="others were busy"),
        record("memory", (100,) * 3),
    ]
    files = [write(tmp_path / f"{i}.json", one) for i, one in enumerate(records)]
    found = series([read_results(file) for file in files])
    assert found[f"{CELL} latency"] == [None, 0.5, None, None]
    assert found[f"{CELL} memory"] == [None, None, None, 100]


def test_each_reason_for_a_gap_is_told_with_the_number_of_values(tmp_path, capsys):
    memory = record("memory", (100,) * 3)
    runs = [
        [record(cost=(0.9,) * 3, imgsz=320, weights="other"), memory],
        [record(imgsz=320, weights="other"), memory],
        [record(disturbed="others were busy"), record("memory", (0, 0, 0))],
        [record()],
    ]
    files = [str(write(tmp_path / f"{i}.json", *run)) for i, run in enumerate(runs)]
    told = {
        "imgsz, weights: not as in the newest run that holds the figure": 2,
        "other processes disturbed it, or it had too few rounds": 1,
        "the figure could not be used": 1,
        "the file does not hold the figure": 1,
    }
    assert main(["compare", *files, "--format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["gaps"] == told
    main(["compare", *files])
    lines = capsys.readouterr().out.splitlines()
    assert [f"{count} shown as -: {why}" for why, count in told.items()] == [
        line for line in lines if "shown as" in line
    ]
    assert sum(told.values()) == sum(line.split().count("-") for line in lines if CELL in line)
    main(["compare", *files[1:2] * 3])
    assert "shown as" not in capsys.readouterr().out


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(2, 10), st.integers(2, 10))
def test_a_clear_step_is_found_where_it_is(seed, before, after):
    if before + after < 6:
        return
    noise = np.random.default_rng(seed).normal(0, 0.002, before + after)
    values = np.exp(noise + np.r_[np.zeros(before), np.full(after, math.log(1.3))])
    assert before in change_points(list(values))


def test_runs_without_the_figure_are_left_out():
    values = [1.0, None, 1.01, 0.99, 1.0, None, 1.5, 1.51, 1.49]
    assert change_points(values) == [6]
    assert change_points([1.0] * 8) == []
    assert change_points([1.0, 2.0]) == []
