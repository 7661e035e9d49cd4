"""Tests that take real time: told, and gated where a limit is given."""

from tests.pytest_plugin.conftest import CELL

FEW = ("-k", "orig-W1-fp32", "--sdv-frames=20", "--sdv-rate=20,40")
SMALL = "scene-sequence:20?rate_hz=20&height=192&width=320"


def test_without_a_limit_deadlines_are_told_and_not_passed(suites):
    result = suites("perf/test_realtime.py", *FEW)
    result.stdout.fnmatch_lines(
        [
            "cell *Hz*policy*missed*95 %*",
            f"{CELL} *20*drop-oldest*UNGATED",
            f"{CELL} *40*drop-oldest*UNGATED",
            f"UNGATED {CELL} deadlines at 20 Hz (drop-oldest, filmed) and 1 more: *--sdv-misses*",
            "*2 ungated*",
        ]
    )
    assert result.ret == 0


def test_an_engine_that_is_too_slow_fails_with_the_figures(suites):
    with (suites.path / "perf" / "conftest.py").open("a") as conftest:
        conftest.write("CALL_S = 0.06\n")
    result = suites("perf", "-m", "realtime", *FEW, "--sdv-misses=0.1")
    result.stdout.fnmatch_lines(["* 2 failed, *"])
    told = "20 of 20 frames missed their deadline (95 % interval *limit 10 %)*"
    result.stdout.fnmatch_lines([f"FAIL {CELL} at 20 Hz: {told}"])


def test_scores_need_trained_weights(suites):
    result = suites("accuracy", "-m", "realtime", *FEW)
    result.stdout.fnmatch_lines(["SKIPPED *mAP needs trained weights; to enable: pytest accuracy*"])
    result.stdout.fnmatch_lines(["* 2 skipped, *"])


def test_scores_of_the_embedded_model(suites, pytester, session_store):
    """Without ``suites``' own options, which name a model without weights."""
    few = ("-k", "orig-W1-fp32", "--sdv-frames=20", "--sdv-rate=20,40")
    here = (f"--sdv-store={session_store}", "-p", "no:cacheprovider")

    def run(sequence):
        gated = ("--sdv-misses=0.01", "--sdv-strict")  # which is for what is filmed
        asked = ("accuracy", "-m", "realtime", f"--sdv-sequence={sequence}", *gated)
        return pytester.runpytest_subprocess(*asked, *few, *here)

    found = run(SMALL)
    told = [f"{CELL} *20*", f"{CELL} *40*", "*replayed from what was filmed at 20 Hz*", "* 2 told*"]
    found.stdout.fnmatch_lines(["cell *sAP*RTIA*in no hurry", *told])
    assert found.ret == 0


def test_a_camera_gives_one_frame_at_a_time(suites):
    result = suites("perf", "-m", "realtime", "-k", "orig-W1-fp32 and 10Hz", "--sdv-batch=2")
    result.stdout.fnmatch_lines(["SKIPPED *one frame at a time; to enable: --sdv-batch 1"])


def test_workers_would_spoil_each_other(suites):
    result = suites("perf", "-m", "realtime", "-k", "orig-W1-fp32 and 10Hz or loadgen", "-n1")
    result.stdout.fnmatch_lines(["SKIPPED *; to enable: run without -n", "* 3 skipped*"])


def test_no_engine_is_built_where_loadgen_is_missing(suites):
    (suites.path / "perf" / "conftest.py").write_text(
        "import sys\n"
        "from sdvbench.session.suite import Suite\n"
        "sys.modules['mlperf_loadgen'] = None\n"
        "Suite.anchor_arm = None  # asking for it is an error\n"
    )
    suites("perf/test_loadgen.py").assert_outcomes(skipped=2)
