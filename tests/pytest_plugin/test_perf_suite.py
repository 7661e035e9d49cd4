"""The performance suite, run as a user runs it."""

import json
import shutil
import subprocess
import sys

import pytest

from sdvbench.cells import Cell
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite
from tests.pytest_plugin.conftest import CELL, sdvbench_records

ONLY = ("-k", "orig-W1-fp32")


def test_ids_select_cells(suites):
    result = suites("perf", "--collect-only", "-q", "-k", "W2 and fp16")
    for pruning in ("orig", "PL", "PS", "PG"):
        result.stdout.fnmatch_lines([f"*test_latency*yolov5n-{pruning}-W2-fp16-b1*"])
    assert "W1" not in result.stdout.str()


def test_what_cannot_run_here_is_skipped_with_what_would_enable_it(suites):
    result = suites("perf", "-k", "orig and W2 and fp16")
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines(["SKIPPED yolov5n-orig-W2-fp16-b1: *; to enable: *"])


REAL = """
import sdvbench.measurement.peak as peak

def made_up(place, request, title):  # the real one takes seconds
    rates = {"gmacs_per_s": {"fp32": 1.0}, "gb_per_s": 1.0}
    return {"device": "cpu", "threads": 0, "missing": {}} | rates

peak.in_fresh_process = made_up
"""


def test_without_a_baseline_nothing_is_shown_as_passed(suites):
    """On this machine as it is, whoever else uses it."""
    (suites.path / "perf" / "conftest.py").write_text(REAL)
    result = suites("perf", *ONLY, "--benchmark-json=run.json")
    result.assert_outcomes()
    result.stdout.fnmatch_lines(
        [
            "cell*median ms*speed-up*",
            f"{CELL} *UNGATED",
            "UNGATED yolov5n-orig-W1-fp32-b1 latency and 2 more: *baseline accept*",
        ]
    )
    result.stdout.fnmatch_lines(["*3 ungated*"])
    assert " passed" not in result.stdout.lines[-1]
    assert result.ret == 0
    records = sdvbench_records(suites.path / "run.json")
    assert {r["metric"] for r in records} == {"latency", "throughput", "memory"}
    assert {r["status"] for r in records} == {"UNGATED"}


def test_strict_fails_what_could_not_be_gated(suites):
    result = suites("perf/test_memory.py", *ONLY, "--sdv-strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"UNGATED {CELL} memory: *"])


@pytest.mark.parametrize("metric", ["latency", "throughput", "memory"])
def test_worse_than_accepted_fails_and_says_by_how_much(suites, accept, metric):
    accept(metric, cost=0.001)
    result = suites(f"perf/test_{metric}.py", *ONLY)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"FAIL {CELL} {metric}: * times the * accepted on 2026-01-02 at commit abc123*",
            "measured: *, at image size 64 *",
            "If the change is meant: *baseline accept*",
        ]
    )


@pytest.mark.parametrize("metric", ["latency", "throughput", "memory"])
def test_better_than_accepted_passes(suites, accept, metric):
    accept(metric, cost=1e6)
    result = suites(f"perf/test_{metric}.py", *ONLY)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{CELL} *{metric[:3]} -100.0 %*PASS"])


def test_each_model_is_timed_in_turn_with_its_own_anchor(suites):
    chosen = ("-k", "orig and W1 and fp32", "--sdv-model=yolov5n,pilotnet")
    result = suites("perf/test_latency.py", *chosen, "--benchmark-json=run.json")
    result.stdout.fnmatch_lines(
        [
            f"{CELL} *UNGATED",
            "pilotnet-orig-W1-fp32-b1 *UNGATED",
            f"speed-up: over the anchor {CELL} or pilotnet-orig-W1-fp32-b1, *",
        ]
    )
    records = sdvbench_records(suites.path / "run.json")
    assert {r["cell"]: r["anchor"] for r in records} == {
        CELL: CELL,
        "pilotnet-orig-W1-fp32-b1": "pilotnet-orig-W1-fp32-b1",
    }


def test_another_image_size_is_not_compared(suites, accept):
    accept("memory", cost=0.001, imgsz=640)
    result = suites("perf/test_memory.py", *ONLY)
    result.stdout.fnmatch_lines(["UNGATED *: accepted at image size 640, run at 64;*"])


def test_the_json_keeps_raw_seconds_and_pytest_benchmark_compares_it(suites):
    suites("perf/test_latency.py", *ONLY, "--benchmark-json=run.json")
    (record,) = sdvbench_records(suites.path / "run.json")
    assert len(record["seconds"]) == len(record["anchor_seconds"]) >= 10
    assert min(record["seconds"] + record["anchor_seconds"]) > 0
    value, low, high = record["cost"]
    assert low <= value <= high
    shutil.copy(suites.path / "run.json", suites.path / "other.json")
    compared = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", "run.json", "other.json"],
        cwd=suites.path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert CELL in compared.stdout


def test_timings_are_refused_where_pytest_benchmark_is_off(suites):
    result = suites("perf/test_latency.py", *ONLY, "--benchmark-disable")
    result.assert_outcomes(skipped=1)


def test_accepted_figures_gate_the_next_run(suites):
    from sdvbench.cli import main

    suites("perf/test_memory.py", *ONLY, "--benchmark-json=run.json")
    folder = suites.path / "baselines"
    assert main(["baseline", "accept", "run.json", f"--baselines={folder}"]) == 0
    result = suites("perf/test_memory.py", *ONLY)
    result.assert_outcomes(passed=1)


def test_a_damaged_artifact_is_built_again_and_told(suites):
    cell, store = "yolov5n-orig-Wd-fp32-b1", suites.path / "store"  # others use the session's
    suite = Suite(Settings(model=("yolov5n",), imgsz=64, store=store, quick=True))
    weights = suite.artifact(Cell.parse(cell)).path("model.safetensors")
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    result = suites("accuracy/test_agreement.py", "-k", "orig-Wd-fp32", f"--sdv-store={store}")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*is damaged: *model.safetensors*; building it again"])


@pytest.fixture
def unoptimized(small_store):
    """The key of the same cell's artifact, to be loaded without graph optimization."""
    return _artifact(small_store, "W1.graph_optimization=disable")


def _artifact(store, *options):
    suite = Suite(Settings(model=("yolov5n",), imgsz=64, store=store, quick=True, option=options))
    return suite.artifact(Cell.parse(CELL)).key


def test_a_changed_engine_runs_in_turn_with_the_accepted_one(suites, accept, small_store):
    accept("latency", cost=1e6, artifact=_artifact(small_store))  # the anchor would pass it
    slow = "--sdv-option=W1.graph_optimization=disable"
    result = suites("perf/test_latency.py", *ONLY, slow, "--benchmark-json=run.json")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"FAIL {CELL} latency: [23].[09]?? times the engine accepted on 2026-01-02 at commit "
            "abc123 with no options (run with options graph_optimization=disable) "
            "(95 % interval *), tolerance 5 %; a fresh process says [23].[09]??*",
            "If the change is meant: *baseline accept*",
        ]
    )
    (record,) = sdvbench_records(suites.path / "run.json")
    assert record["tier"] == "artifact"
    for loading in record["loadings"]:
        assert len(loading["seconds"]) == len(loading["accepted_seconds"]) >= 12


def test_a_faster_engine_than_the_accepted_one_passes(suites, accept, unoptimized):
    accept("latency", cost=1e-3, artifact=unoptimized)  # the share of the anchor would fail it
    result = suites("perf/test_latency.py", *ONLY)
    result.assert_outcomes(passed=1)


def test_what_is_not_in_the_store_is_held_against_the_anchor(suites, accept):
    accept("latency", cost=1e6, artifact="0a" * 32)
    result = suites("perf/test_latency.py", *ONLY, "--benchmark-json=run.json")
    result.assert_outcomes(passed=1)
    (record,) = sdvbench_records(suites.path / "run.json")
    assert record["tier"] == "anchor"


def test_every_run_has_a_control(suites):
    result = suites("perf/test_latency.py", *ONLY)
    result.stdout.fnmatch_lines(["control, two anchors built alike: *: PASS"])


def test_an_option_that_no_workflow_has_is_refused(suites):
    result = suites("perf", "--sdv-option=W1.width=3")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*option 'width' of W1: is not known. Choose from threads*"])


def test_a_cell_that_wants_memory_does_not_take_the_run_down(suites):
    with (suites.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "from sdvbench.workflows.w1_onnx_runtime import OnnxRuntimeEngine\n"
            "run = OnnxRuntimeEngine.run\n"
            "def hungry(self, images):\n"
            "    if self.spec.precision == 'int8':\n"
            "        raise RuntimeError('Failed to allocate memory for requested buffer')\n"
            "    return run(self, images)\n"
            "OnnxRuntimeEngine.run = hungry\n"
        )
    result = suites("perf/test_latency.py", "-k", "orig-W1 and (int8 or fp32)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*OutOfMemory: int8 engine for images float32 1x3x64x64: *"])
    result.stdout.fnmatch_lines([f"{CELL} *UNGATED"])


def test_latency_is_shown_as_a_share_of_the_roof(suites):
    with (suites.path / "conftest.py").open("a") as conftest:
        conftest.write(
            "import json\n"
            "def pytest_runtest_logreport(report):\n"
            "    if report.when == 'call':\n"
            "        with open('told.jsonl', 'a') as file:\n"
            "            print(json.dumps(report.user_properties), file=file)\n"
        )
    result = suites("perf/test_latency.py", "-k", "orig-W1 and (int8 or fp32)")
    told = [dict(json.loads(one)) for one in (suites.path / "told.jsonl").read_text().splitlines()]
    (record,) = [one["sdvbench.roofline"] for one in told if "sdvbench.roofline" in one]
    figure = next(one["sdvbench"] for one in told if one["sdvbench"]["cell"] == CELL)
    assert (record["cell"], record["imgsz"], record["bound"]) == (CELL, 64, "compute")
    assert record["macs"] == 22_487_980
    assert record["bytes"] == 4 * (1_867_405 + 320_940)
    assert record["roof_seconds"] == pytest.approx(22_487_980 / 1e9)
    assert 1e3 * record["seconds"] == figure["shown"]["median_ms"]
    assert record["share"] == pytest.approx(record["roof_seconds"] / record["seconds"])
    assert set(figure["shown"]) == {"median_ms", "p90_ms", "p99_ms", "speed_up"}  # as accepted
    result.stdout.fnmatch_lines(
        [
            "cell*speed-up  of roof*",
            f"{CELL} *x  * {record['share']:.0%}  *UNGATED",
            "yolov5n-orig-W1-int8-b1 *x *-  -  *UNGATED",
            "of roof: the least time over the median, *estimated bytes*",
            "peaks: fp32 1 GMAC/s; memory 1.0 GB/s",
            "no roof for int8: it is not in this test",
        ]
    )


def test_a_peak_that_cannot_be_measured_is_told_and_takes_nothing_down(suites):
    with (suites.path / "perf" / "conftest.py").open("a") as conftest:
        conftest.write(
            "from sdvbench.errors import MeasurementError\n"
            "def failing(place, request, title):\n"
            "    raise MeasurementError(title, 'failed with exit code -9')\n"
            "peak.in_fresh_process = failing\n"
        )
    result = suites("perf/test_latency.py", *ONLY)
    result.assert_outcomes()
    result.stdout.fnmatch_lines(["*no roof: the peak of cpu: failed with exit code -9*"])
    result.stdout.fnmatch_lines([f"{CELL} *UNGATED"])
    result.stdout.no_fnmatch_line("*of roof*")


def test_benchmark_only_is_no_silent_pass(suites):
    result = suites("perf", "--benchmark-only", "--sdv-strict")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--benchmark-only would skip every measurement. Name the tests*"])
