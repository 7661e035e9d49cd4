"""Claims about driving, on trips that were made up."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims import driven
from sdvbench.claims.entry import TRIP
from sdvbench.claims.finding import Status
from sdvbench.closed_loop.record import Driven, Drives
from sdvbench.closed_loop.score import Score
from tests.claims.fakes import FakeEvidence, claim

OURS, THEIRS = "orig-W1-int8", "orig-Wd-fp32"
PAIR = f"{OURS} over {THEIRS}"
CLOSER = {"score": "deviation_mean_m", "relation": "at most", "number": 0.66, "within": 0.1}


def drives(values, score="deviation_mean_m", ends=("arrived",), **more):
    """A trip for each of ``values``, with other seeds."""
    others = dict.fromkeys(Score.__struct_fields__, 1.0) | {"failed_s": None}
    trips = [
        Driven(**(others | {score: value}), seed=seed, end=ends[seed % len(ends)])
        for seed, value in enumerate(values)
    ]
    known = {"slower": 1.0, "laps": 1.0, "cycle_ms": 50.0, "services_ms": [5.0]}
    known |= {"cell": f"pilotnet-{OURS}-b1", "simulator": "circuit", "path_m": [(0.0, 0.0, 0.0)]}
    return Drives(trips=trips, **(known | more))


def judged(ours, theirs, **keys):
    return driven.judge(
        claim("driven", PAIR, **(CLOSER | keys)), FakeEvidence(trips={OURS: ours, THEIRS: theirs})
    )


BASE = (0.1, 0.2, 0.3, 0.25)


@given(st.floats(0.1, 2))
def test_a_constant_ratio_decides_whatever_the_trips_are(ratio):
    found = judged(drives([ratio * value for value in BASE]), drives(BASE))
    if abs(ratio - 0.726) > 1e-6:
        holds = ratio < 0.726
        assert found.status is (Status.CONFIRMED if holds else Status.REFUTED)


def test_the_reason_has_the_figures_and_where_was_driven():
    found = judged(drives(BASE), drives(BASE))
    assert found.reason == (
        "a fake: orig-W1-int8 has 1.000 times the mean deviation of orig-Wd-fp32 in 4 trips in "
        "circuit (95 % interval 1.000 to 1.000), where at most 0.726 would hold"
    )
    assert found.ours == "orig-W1-int8 1.000x"


def test_trips_that_differ_too_much_tell_nothing():
    found = judged(drives((0.02, 0.4, 0.1, 0.3)), drives(BASE))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason.endswith("too near to tell; to enable: drive more often (--sdv-trips)")


@pytest.mark.parametrize("score", TRIP)
def test_a_floor_of_each_score(score):
    keys = {"score": score, "relation": "at least", "number": 12.0}
    for factor, status in ((11.0, Status.CONFIRMED), (10.0, Status.REFUTED)):
        ours, theirs = drives([factor * one for one in BASE], score), drives(BASE, score)
        assert judged(ours, theirs, **keys).status is status


def test_a_baseline_that_leaves_the_road_cannot_be_compared():
    found = judged(drives(BASE), drives(BASE, ends=("arrived", "off the lane")))
    assert found.status is Status.NOT_TESTABLE
    assert "arrives in 50% of its trips, so the mean deviation cannot be compared" in found.reason


def test_an_engine_that_leaves_the_road_has_a_deviation_and_no_other_score():
    off = drives([3 * value for value in BASE], ends=("off the lane",))
    assert judged(off, drives(BASE)).status is Status.REFUTED
    found = judged(off, drives(BASE), score="speed_mps")
    assert found.status is Status.NOT_TESTABLE
    assert "so the average speed cannot be compared" in found.reason


def test_late_calls_that_others_disturbed_are_told():
    disturbed = drives(BASE, disturbed="somebody was there", services_ms=[40.0])
    found = judged(disturbed, drives(BASE))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason == ("somebody was there; to enable: run it again when the machine is quiet")


def test_a_score_of_zero_has_no_ratio():
    found = judged(drives(BASE), drives((0.0, 0.1, 0.1, 0.1)))
    assert found.status is Status.NOT_TESTABLE
    assert "is 0 in a trip" in found.reason
    assert "--sdv-trips" not in found.reason  # the same road has the same score


def test_what_was_pruned_of_one_file_and_not_trained_since_does_not_drive(tmp_path):
    pruned = claim("driven", f"ML-Wd-fp32 over {THEIRS}", **CLOSER)
    trips = {"ML-Wd-fp32": drives([0.5 * one for one in BASE]), THEIRS: drives(BASE)}
    found = driven.judge(pruned, FakeEvidence(trips=trips, weights=Path(__file__)))
    assert found.status is Status.NOT_TESTABLE
    assert "to enable: train them (sdvbench recover)" in found.reason
    found = driven.judge(pruned, FakeEvidence(trips=trips, weights=tmp_path))
    assert found.status is Status.CONFIRMED


def test_what_cannot_drive_here_is_not_testable():
    for evidence in (FakeEvidence(weights=None), FakeEvidence(missing=(THEIRS,))):
        found = driven.judge(claim("driven", PAIR, **CLOSER), evidence)
        assert found.status is Status.NOT_TESTABLE
