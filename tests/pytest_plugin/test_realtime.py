"""Tests that take real time: asked for, told, and gated where a limit is given."""

import pytest

from tests.pytest_plugin.conftest import CELL

FEW = ("-k", "orig-W1-fp32", "--sdv-frames=20", "--sdv-rate=20,40")


def test_they_run_only_when_they_are_asked_for(suites):
    told = suites("perf", "accuracy", "--collect-only", "-q").stdout.str()
    assert "test_deadlines" not in told
    assert "test_streaming" not in told
    assert "test_loadgen" not in told
    asked = suites("perf", "accuracy", "--collect-only", "-q", "-m", "realtime").stdout.str()
    assert f"test_deadlines[{CELL}-10Hz]" in asked
    assert "test_latency" not in asked
    assert "test_deadlines" in suites("perf/test_realtime.py", "--collect-only").stdout.str()
    other = suites("perf", "--collect-only", "-q", "-m", "not realtime").stdout.str()
    assert "test_latency" in other
    assert "test_deadlines" not in other
    one = suites(f"perf/test_realtime.py::test_deadlines[{CELL}-30Hz]", "--collect-only", "-q")
    assert "test_deadlines" in one.stdout.str()


def test_without_a_limit_deadlines_are_told_and_not_passed(suites):
    result = suites("perf", "-m", "realtime", *FEW)
    result.stdout.fnmatch_lines(
        [
            "cell *Hz*policy*missed %*",
            f"{CELL} *20*drop-oldest*UNGATED",
            f"{CELL} *40*drop-oldest*UNGATED",
            "*to gate it: --sdv-misses 0.01",
            "*2 ungated*",
        ]
    )
    assert result.ret == 0
    strict = suites("perf", "-m", "realtime", *FEW, "--sdv-strict")
    strict.stdout.fnmatch_lines([f"UNGATED {CELL} at 20 Hz: *"])
    assert strict.ret == 1


def test_an_engine_that_is_too_slow_fails_with_the_figures(suites):
    (suites.path / "perf" / "conftest.py").write_text(
        "import time\n"
        "from sdvbench.workflows.w1_onnx_runtime import OnnxRuntimeEngine as E\n"
        "run = E.run\n"
        "def slow(self, images):\n"
        "    time.sleep(0.06)\n"
        "    return run(self, images)\n"
        "E.run = slow\n"
    )
    result = suites("perf", "-m", "realtime", *FEW, "--sdv-misses=0.1")
    result.assert_outcomes(failed=2)
    told = "20 of 20 frames missed their deadline (95 % interval *limit 10 %)*"
    result.stdout.fnmatch_lines([f"FAIL {CELL} at 20 Hz: {told}"])


def test_scores_need_trained_weights_and_a_sequence(suites):
    result = suites("accuracy", "-m", "realtime", *FEW)
    result.stdout.fnmatch_lines(["SKIPPED *mAP needs trained weights; to enable: pytest accuracy*"])
    result.assert_outcomes(skipped=2)


@pytest.mark.parametrize(
    "sequence", ["scenes:4", "scene-sequence:20?rate_hz=20&height=192&width=320"]
)
def test_scores_of_the_embedded_model(suites, pytester, sequence):
    few = ("-k", "orig-W1-fp32", "--sdv-frames=20", "--sdv-rate=20,40", "--sdv-imgsz=128")
    result = pytester.runpytest_subprocess(
        "accuracy",
        *("-m", "realtime", *few, f"--sdv-sequence={sequence}"),
        *(f"--sdv-store={pytester.path}/store", "-p", "no:cacheprovider"),
    )
    if sequence == "scenes:4":
        result.assert_outcomes(failed=2)
        result.stdout.fnmatch_lines(["OptionError: --sdv-sequence scenes:4: is no sequence*"])
    else:
        result.stdout.fnmatch_lines(
            ["cell *sAP*RTIA*in no hurry*", f"{CELL} *20*UNGATED", f"{CELL} *40*UNGATED"]
        )


def test_a_camera_gives_one_frame_at_a_time(suites):
    result = suites("perf", "-m", "realtime", "-k", "orig-W1-fp32 and 10Hz", "--sdv-batch=2")
    result.stdout.fnmatch_lines(["SKIPPED *one frame at a time; to enable: --sdv-batch 1"])
