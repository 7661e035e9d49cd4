"""Benchmark JSON files as people have them: what can be used, and what is said of the rest."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.cli import main
from sdvbench.errors import BaselineError
from sdvbench.gate.comparison import compare_runs
from sdvbench.gate.comparison_text import comparison
from sdvbench.gate.results import read_results
from sdvbench.gate.verdict import Status
from tests.gate.benchmark_files import CELL, plain, record, write, write_plain
from tests.json_mutations import mutated, result_of


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"machine_info": {}, "benchmarks": [], "datetime": "2026"}',
        '{"machine_info": [], "benchmarks": 3, "datetime": 3}',
        '{"machine_info": {"sdvbench": 3}, "benchmarks": [], "datetime": "2026"}',
        '{"machine_info": {"sdvbench": {"hardware_class": "x", "libraries": {"torch": 2}}}, '
        '"benchmarks": [{}], "datetime": "2026"}',
    ],
)
def test_what_is_no_benchmark_json_is_named(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BaselineError, match=r"run\.json"):
        read_results(tmp_path / "run.json")


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_by_name(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("runs") / "run.json"
    file.write_bytes(content)
    with pytest.raises(BaselineError, match=r"run\.json"):
        read_results(file)


@pytest.mark.parametrize(
    ("stats", "why"),
    [
        ({"median": 0}, "stats.median is 0, not a positive number"),
        ({"median": float("nan")}, "stats.median is NaN, not a positive number"),
        ({"median": float("inf")}, "stats.median is Infinity, not a finite number"),
        ({"median": float("-inf")}, "stats.median is -Infinity, not a positive number"),
        ({"median": None}, "stats.median is null, not a number"),
        ({"median": "0.04"}, "stats.median is the text '0.04', not a number"),
        ({"median": -0.04}, "stats.median is -0.04, not a positive number"),
        ({"median": True}, "stats.median is true, not a number"),
        ({"median": [0.04]}, "stats.median is a list, not a number"),
        ({"median": 10**400}, "stats.median is Infinity, not a finite number"),
        ({"median": 5e-324}, "stats.median is 4.94066e-324, not a positive number"),
        ({"iqr": None}, "stats.iqr is null, not a number"),
        ({"iqr": -1}, "stats.iqr is -1, not a number of 0 or more"),
        ({"rounds": 0}, "stats.rounds is 0, not a number of 1 or more"),
        ({"rounds": float("nan")}, "stats.rounds is NaN, not a number of 1 or more"),
    ],
)
def test_one_figure_that_cannot_be_used_leaves_the_others(tmp_path, stats, why):
    broken = plain("test_broken")
    broken["stats"] |= stats
    run = read_results(write_plain(tmp_path / "run.json", plain("test_good"), broken))
    assert list(run.results) == ["test_good"]
    assert run.unusable == {"test_broken": why}


@pytest.mark.parametrize("name", ["median", "iqr", "rounds"])
def test_missing_statistics_make_their_figure_unusable(tmp_path, name):
    broken = plain("test_broken")
    del broken["stats"][name]
    run = read_results(write_plain(tmp_path / "run.json", plain("test_good"), broken))
    assert run.unusable == {"test_broken": f"stats.{name} is missing"}


@pytest.mark.parametrize(
    ("entry", "name", "why"),
    [
        ({"fullname": "t"}, "t", "stats is missing"),
        ({"fullname": "t", "stats": None}, "t", "stats is null, not an object"),
        ({"stats": plain("t")["stats"]}, "benchmarks[1]", "fullname is missing"),
        ({"fullname": 3, "stats": {}}, "benchmarks[1]", "fullname is 3, not text"),
        (None, "benchmarks[1]", "it is null, not an object"),
        (
            {"fullname": "t", "extra_info": {"sdvbench": "no record"}},
            "t",
            "extra_info.sdvbench is the text 'no record', not an object",
        ),
        ({"extra_info": {"sdvbench": {"cost": [1, 1, 1]}}}, "benchmarks[1]", "cell is missing"),
    ],
)
def test_an_unknown_record_makes_its_figure_unusable(tmp_path, entry, name, why):
    run = read_results(write_plain(tmp_path / "run.json", plain("test_good"), entry))
    assert list(run.results) == ["test_good"]
    assert run.unusable == {name: why}


ORDER = "is not [value, low, high] with low <= value <= high"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cost": None}, "cost is null, not [value, low, high]"),
        ({"cost": 0.5}, "cost is 0.5, not a list"),
        ({"cost": []}, "cost holds 0 values, not 3"),
        ({"cost": [1, 1, 1, 1]}, "cost holds 4 values, not 3"),
        ({"cost": [0, 0, 0]}, "cost[0] is 0, not a positive number"),
        ({"cost": [0.5, float("nan"), 0.6]}, "cost[1] is NaN, not a positive number"),
        ({"cost": [0.5, 0.4, float("inf")]}, "cost[2] is Infinity, not a finite number"),
        ({"cost": [0.5, 0.6, 0.7]}, f"cost {ORDER}"),
        ({"cost": [1, "a", None]}, "cost[1] is the text 'a', not a number"),
        ({"cost": [True, True, True]}, "cost[0] is true, not a number"),
        ({"imgsz": "640"}, "imgsz is the text '640', not a whole number or a text like '384x640'"),
        (
            {"imgsz": "384x640\n"},
            "imgsz is the text '384x640\\n', not a whole number or a text like '384x640'",
        ),
        ({"shown": {"p99_ms": float("nan")}}, "shown.p99_ms is NaN, not a finite number"),
        ({"shown": {"p90_ms": 1, "p99_ms": "1"}}, "shown.p99_ms is the text '1', not a number"),
        ({"weights": None}, "weights is null, not text"),
        ({"anchor": {}}, "anchor is an object, not text"),
        ({"disturbed": 1}, "disturbed is 1, not text"),
        ({"artifact": []}, "artifact is a list, not text"),
    ],
)
def test_figures_of_sdvbench_are_checked_alike(tmp_path, change, why):
    file = write(tmp_path / "run.json", record("memory"), record() | change)
    assert read_results(file).unusable == {f"{CELL} latency": why}


def test_a_figure_held_against_limits_is_no_missing_figure(tmp_path):
    run = read_results(write(tmp_path / "run.json", record(), record("agreement") | {"cost": None}))
    assert list(run.results) == [f"{CELL} latency"]
    assert not run.unusable


@pytest.mark.parametrize("strict", [True, False])
def test_unusable_figures_are_told_and_not_clear(tmp_path, capsys, strict):
    old = write_plain(tmp_path / "old.json", plain("good"), plain("gone", median=None))
    new = write_plain(tmp_path / "new.json", plain("good"), plain("come", median=0))
    files = [str(old), str(new)]
    for form in ("text", "markdown"):
        assert main(["compare", *files, f"--format={form}", *["--strict"] * strict]) == 3 * strict
        told = capsys.readouterr().out
        new_one = (
            f"INCONCLUSIVE come: could not be used: {new}: stats.median is 0, not a positive number"
        )
        assert new_one in told.splitlines()
        assert f"gone: could not be used: {old}: stats.median is null, not a number" in told
    main(["compare", *files, "--format=json"])
    figures = {f["figure"]: f for f in json.loads(capsys.readouterr().out)["figures"]}
    assert [figures[name]["status"] for name in ("good", "come", "gone")] == [
        *("PASS", "INCONCLUSIVE", "INCONCLUSIVE"),
    ]
    assert figures["come"]["reason"].startswith("could not be used: ")


def test_a_regression_fails_beside_an_unusable_figure(tmp_path, capsys):
    old = write_plain(tmp_path / "old.json", plain("slower"), plain("broken"))
    new = write_plain(tmp_path / "new.json", plain("slower", 0.06), plain("broken", float("nan")))
    assert main(["compare", str(old), str(new), "--strict"]) == 1
    assert "FAIL slower" in capsys.readouterr().out


def test_a_series_tells_what_it_could_not_use(tmp_path, capsys):
    files = [
        str(write_plain(tmp_path / f"{n}.json", plain("t", median), plain("good")))
        for n, median in enumerate((0.04, None, 0.04))
    ]
    assert main(["compare", *files]) == 0
    told = f"t could not be used: {files[1]}: stats.median is null, not a number"
    assert told in capsys.readouterr().out.splitlines()
    main(["compare", *files, "--format=json"])
    found = json.loads(capsys.readouterr().out)
    assert found["figures"]["t"]["values"] == [0.04, None, 0.04]
    assert found["unusable"] == {files[1]: {"t": "stats.median is null, not a number"}}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_read(tmp_path, encoding):
    file = write_plain(tmp_path / "run.json", plain("tests/test_Größe.py::test_😀"))
    file.write_bytes(file.read_text().encode(encoding))
    assert list(read_results(file).results) == ["tests/test_Größe.py::test_😀"]


def test_a_repeated_name_is_an_error_that_names_it(tmp_path):
    file = write_plain(tmp_path / "run.json", plain("a.py::t[x]"), plain("a.py::t[x]"))
    with pytest.raises(BaselineError, match=r"run.json: holds two figures named 'a.py::t\[x\]'"):
        read_results(file)
    file = write(tmp_path / "run.json", record(), record(cost=(0.9, 0.9, 0.9)))
    with pytest.raises(BaselineError, match=f"holds two figures named '{CELL} latency'. Keep one"):
        read_results(file)


def test_seconds_of_another_clock_are_not_compared(tmp_path, capsys):
    timers = ("perf_counter", "process_time")
    files = [write_plain(tmp_path / f"{t}.json", plain("t", timer=t)) for t in timers]
    old, new = map(str, files)
    assert main(["compare", old, new, "--strict"]) == 3
    told = "UNGATED t: differs in timer perf_counter -> process_time"
    assert told in capsys.readouterr().out.splitlines()
    main(["compare", old, old, new, "--format=json"])
    assert json.loads(capsys.readouterr().out)["figures"]["t"]["values"] == [None, None, 0.04]


def test_deep_nesting_is_an_error(tmp_path, capsys):
    file = tmp_path / "run.json"
    file.write_text('{"benchmarks": ' + "[" * 100_000)
    assert main(["compare", str(file), str(file)]) == 2
    assert "run.json: is nested more than 100 levels deep" in capsys.readouterr().err


def test_a_machine_that_does_not_tell_its_cpu_has_a_name(tmp_path):
    file = write_plain(tmp_path / "run.json", plain("t"), machine="aarch64", cpu={"count": 4})
    assert read_results(file).hardware == "aarch64, 4 cores"
    file = write_plain(tmp_path / "run.json", plain("t"), cpu=None)
    assert read_results(file).hardware == "unknown CPU"


VALID = {
    "datetime": "2026-01-02T00:00:00",
    "commit_info": {"id": "0123456789abcdef", "dirty": False},
    "machine_info": {
        "cpu": {"brand_raw": "Some CPU", "count": 8},
        "python_version": "3.11.7",
        "sdvbench": {"hardware_class": "some-cpu", "libraries": {"torch": "2"}},
    },
    "benchmarks": [
        plain("a.py::t"),
        *({"fullname": "b", "extra_info": {"sdvbench": record(m)}} for m in ("latency", "memory")),
    ],
}


@settings(max_examples=2000)
@given(mutated(VALID))
def test_a_damaged_file_is_compared_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    old, new = folder / "valid-run.json", folder / "damaged-run.json"
    old.write_text(json.dumps(VALID))
    new.write_bytes(content)
    found = result_of(lambda: read_results(new), "damaged-run.json")
    if found is None:
        return
    assert found.results or found.unusable
    valid = read_results(old)
    for pair in ((valid, found), (found, valid)):
        rows = compare_runs(*pair, lambda name, tier: 0.1)
        named = {row.name for row in rows if row.verdict.status is not Status.PASS}
        assert named >= {*found.unusable}
        comparison(*pair, rows, [], "json").encode()
