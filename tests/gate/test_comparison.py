"""Benchmark JSON files against each other, from reading them to the exit code."""

import json
import subprocess
import sys

import pytest

from sdvbench.cli import main
from sdvbench.gate.comparison import compare_runs
from sdvbench.gate.results import read_results
from sdvbench.gate.verdict import Status
from tests.gate.benchmark_files import CELL, record, write


def statuses(old, new, tolerance=0.1):
    rows = compare_runs(read_results(old), read_results(new), lambda name, tier: tolerance)
    return {row.name: row.verdict.status for row in rows}


def test_each_figure_is_judged(runs):
    old = [record(), record("memory", (100, 100, 100)), record("throughput"), record(cell="gone")]
    new = [
        record(cost=(0.6, 0.59, 0.61)),
        record("memory", (105, 105, 105)),
        record("throughput", (0.55, 0.45, 0.65)),
        record(cell="come"),
    ]
    assert statuses(*runs(old, new)) == {
        f"{CELL} latency": Status.FAIL,
        f"{CELL} memory": Status.PASS,
        f"{CELL} throughput": Status.INCONCLUSIVE,
        "come latency": Status.UNGATED,
        "gone latency": Status.UNGATED,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"imgsz": 320}, Status.UNGATED),
        ({"anchor": "B"}, Status.UNGATED),
        ({"weights": "0123"}, Status.UNGATED),
        ({"disturbed": "others were busy"}, Status.INCONCLUSIVE),
    ],
)
def test_unlike_or_disturbed_figures_are_not_judged(runs, change, expected):
    slow = record(cost=(0.9, 0.9, 0.9), **change)
    assert statuses(*runs([record()], [slow])) == {f"{CELL} latency": expected}


def test_a_figure_whose_test_ended_in_an_error_is_left_out(runs):
    timed = {"calls_a_round": [1, 1], "seconds": [0.1]}
    old, new = runs([record()], [record()])
    content = json.loads(new.read_text())
    content["benchmarks"].append({"fullname": "perf/x", "extra_info": {"sdvbench": timed}})
    new.write_text(json.dumps(content))
    assert statuses(old, new) == {f"{CELL} latency": Status.PASS}


def test_chance_does_not_fail_one_of_many(runs):
    # Each new figure barely clears the tolerance; alone it fails, among 200 equal ones it may not.
    barely = (0.578, 0.5625, 0.594)
    assert statuses(*runs([record()], [record(cost=barely)]))[f"{CELL} latency"] is Status.FAIL
    cells = [f"c{i}" for i in range(200)]
    old = [record(), *(record(cell=c) for c in cells)]
    new = [record(cost=barely), *(record(cell=c) for c in cells)]
    found = statuses(*runs(old, new))
    assert found[f"{CELL} latency"] is Status.INCONCLUSIVE
    assert list(found.values()).count(Status.PASS) == 200


def test_the_command_says_what_differs_first_and_exits_by_the_verdict(runs, capsys):
    slow = record(cost=(0.7, 0.69, 0.71))
    old, new = runs([record()], [slow])
    assert main(["compare", str(old), str(new)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"FAIL {CELL} latency: 1.400 times that of {old}" in lines[-1]

    memory = [record("memory", (mib,) * 3) for mib in (100, 150)]
    old, new = runs([record(), memory[0]], [slow, memory[1]], libraries={"torch": "3"})
    assert main(["compare", str(old), str(new)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "torch differs: 2 -> 3"
    assert "UNGATED" in lines[-2]  # the anchor may have changed with torch
    assert lines[-1].startswith(f"FAIL {CELL} memory: 1.500 times")

    old, new = runs([record()], [record(cost=(0.7, 0.69, 0.71))], hardware="other-cpu")
    assert main(["compare", str(old), str(new)]) == 0
    assert main(["compare", str(old), str(new), "--strict"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "hardware differs: some-cpu -> other-cpu"

    old, new = runs([record()], [record()])
    assert main(["compare", str(old), str(new), "--strict"]) == 0


@pytest.mark.parametrize(
    ("tolerance", "told"),
    [
        ("-1", "is not a number of 0 or more. Write a share, for example 0.15"),
        ("nan", "is not a number of 0 or more"),
        ("15", "is 100 % or more. Write a share below 1: 0.15 is 15 %"),
        ("1", "is 100 % or more"),
        ("inf", "is 100 % or more"),
    ],
)
def test_a_tolerance_is_a_share_below_1(runs, capsys, tolerance, told):
    files = [str(file) for file in runs([record()], [record()])]
    assert main(["compare", *files, f"--tolerance={tolerance}"]) == 2
    assert f"--tolerance {tolerance}: {told}" in capsys.readouterr().err


def test_markdown_and_json(runs, capsys):
    files = [str(file) for file in runs([record()], [record(cost=(0.7, 0.69, 0.71))])]
    main(["compare", *files, "--format=markdown"])
    assert f"| {CELL} latency | 0.5 of A | 0.7 of A | 1.400 |" in capsys.readouterr().out
    main(["compare", *files, "--format=json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["dates"]) == (files, ["2026-01-02T00:00:00"] * 2)
    (figure,) = found["figures"]
    assert (figure["status"], figure["tier"], figure["old"]) == ("FAIL", "anchor", 0.5)


def test_two_files_stay_in_the_order_given(tmp_path, capsys):
    dates = ("2026-01-02", "2026-01-01")
    old, new = (str(write(tmp_path / f"{date}.json", record(), date=date)) for date in dates)
    main(["compare", old, new])
    assert f"{new} (2026-01-01 00:00 UTC, commit" in capsys.readouterr().out.partition(" -> ")[2]


def test_files_of_pytest_benchmark_alone(tmp_path, capsys):
    (tmp_path / "test_it.py").write_text(
        "def test_it(benchmark):\n    benchmark.pedantic(lambda: sum(range(1000)), rounds=50)\n"
    )
    file = tmp_path / "a.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"--benchmark-json={file}"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={"PATH": ""},
    )
    run = read_results(file)
    (name,) = run.results
    assert name.endswith("test_it.py::test_it")
    cost = run.results[name].cost
    assert 0 < cost.low <= cost.value <= cost.high
    # With itself, since two runs of a test differ by whatever the machine does meanwhile.
    assert main(["compare", str(file), str(file)]) == 0
    assert name in capsys.readouterr().out


def test_tolerances_are_those_of_the_suite(runs, tmp_path, capsys):
    (tmp_path / "thresholds.toml").write_text(
        "[tolerance.anchor]\nlatency = 0.1\n[tolerance.absolute]\nmemory = 0.9\n"
        '[tolerance.anchor."*-Wd-*"]\nlatency = 0.5\n'
    )
    worse = {"latency": (0.6, 0.59, 0.61), "memory": (150,) * 3}
    eager = CELL.replace("W1-int8", "Wd-fp32")
    old = [record(), record("memory", (100,) * 3), record(cell=eager)]
    new = [*(record(m, cost) for m, cost in worse.items()), record(cost=(0.6,) * 3, cell=eager)]
    files = [str(file) for file in runs(old, new)]
    assert main(["compare", *files, f"--baselines={tmp_path}"]) == 1
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")] == [
        f"FAIL {CELL} latency: 1.200 times that of {files[0]} (95 % interval 1.157 to 1.245), "
        "tolerance 10 %"
    ]
    assert main(["compare", *files, "--tolerance=0.9"]) == 0
    assert main(["compare", *files, f"--baselines={tmp_path / 'nowhere'}"]) == 2


def test_wrong_arguments_are_told(runs, capsys):
    file, _ = map(str, runs([record()], [record()]))
    assert main(["compare", file]) == 2
    assert main(["compare", file, "nowhere.json"]) == 2
    assert "nowhere.json: cannot be read" in capsys.readouterr().err


def test_the_same_engine_cannot_have_become_slower(runs):
    old, new = record(artifact="0a"), record(cost=(0.7, 0.69, 0.71), artifact="0a")
    assert statuses(*runs([old], [new])) == {f"{CELL} latency": Status.INCONCLUSIVE}


def test_names_of_tests_may_hold_brackets_and_bars(tmp_path, capsys):
    files = []
    for index in range(2):
        names = ["t.py::test[a]", "t.py::test[/tmp/x]", "t.py::test[b|c]"]
        stats = {"median": 1.0, "iqr": 0.01, "rounds": 100}
        content = json.loads(write(tmp_path / "x.json").read_text())
        content["benchmarks"] = [{"fullname": name, "stats": stats} for name in names]
        files.append(str(tmp_path / f"{index}.json"))
        (tmp_path / f"{index}.json").write_text(json.dumps(content))
    assert main(["compare", *files]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in names)
    main(["compare", *files, "--format=markdown"])
    assert "b\\|c" in capsys.readouterr().out


def test_a_single_shot_says_nothing_sure(tmp_path):
    files = []
    for index, median in enumerate((1.0, 1.5)):
        content = json.loads(write(tmp_path / "x.json").read_text())
        stats = {"median": median, "iqr": 0.0, "rounds": 1}
        content["benchmarks"] = [{"fullname": "t", "stats": stats}]
        files.append(tmp_path / f"{index}.json")
        files[-1].write_text(json.dumps(content))
    assert statuses(*files) == {"t": Status.INCONCLUSIVE}
