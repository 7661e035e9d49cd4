"""Which build is the best balance."""

from pathlib import Path

import pytest

from sdvbench.claims import balance
from sdvbench.claims.finding import Status
from sdvbench.gate.stats import Estimate
from tests.claims.fakes import FakeEvidence, claim

OTHER = "PL-Wd-fp32 over PG-Wd-fp32"  # as it is timed
CLAIM = claim("balance", "PG-Wd-fp32 over PL-Wd-fp32", points=0.02, margin=0.02)
WIDTH = 0.002


@pytest.fixture
def judged(tmp_path):
    """The finding where PL has this mAP and this speed over PG, which scores 0.49 of 0.50."""

    def interval(drop):
        return drop - WIDTH, drop + WIDTH

    def find(other_map, speed, ours=0.49, weights=tmp_path, missing=(), unpruned=0.50):
        maps = {"PG-Wd-fp32": ours, "PL-Wd-fp32": other_map, "orig-Wd-fp32": unpruned}
        speeds = {OTHER: Estimate(speed, speed - 0.01, speed + 0.01)}
        evidence = FakeEvidence(
            speeds, maps=maps, weights=weights, missing=missing, interval=interval
        )
        return balance.judge(CLAIM, evidence), evidence.asked

    return find


@pytest.mark.parametrize(
    ("other_map", "speed", "status"),
    [
        (0.495, 1.1, Status.REFUTED),  # faster and more accurate
        (0.495, 0.9, Status.CONFIRMED),  # more accurate only
        (0.48, 1.1, Status.CONFIRMED),  # faster only
        (0.48, 0.9, Status.CONFIRMED),
        (0.491, 1.1, Status.NOT_TESTABLE),  # faster, and perhaps more accurate
        (0.495, 1.02, Status.NOT_TESTABLE),
        (0.491, 0.9, Status.CONFIRMED),  # whatever it scores
    ],
)
def test_no_other_may_be_both_faster_and_more_accurate(judged, other_map, speed, status):
    assert judged(other_map, speed)[0].status is status


def test_what_is_less_accurate_need_not_be_timed(judged):
    assert judged(0.48, 1.1)[1] == []


def test_it_must_keep_its_points(judged):
    found, _ = judged(0.3, 0.9, ours=0.47)
    assert found.status is Status.REFUTED
    assert "PG-Wd-fp32 loses 0.0300 of 0.5000" in found.reason
    assert judged(0.3, 0.9, ours=0.48)[0].status is Status.NOT_TESTABLE


def test_where_nothing_is_seen_nothing_is_confirmed(judged):
    found, _ = judged(0.0, 0.9, ours=0.0, unpruned=0.0)
    assert found.status is Status.NOT_TESTABLE
    assert "no loss could be seen" in found.reason


def test_models_that_were_not_recovered_say_nothing(judged):
    found, _ = judged(0.48, 1.1, weights=Path(__file__))
    assert found.status is Status.NOT_TESTABLE
    assert "to enable: train them (sdvbench recover)" in found.reason
    assert "trained weights" in judged(0.48, 1.1, weights=None)[0].reason


def test_what_cannot_run_here(judged):
    found, _ = judged(0.48, 1.1, missing=("PL-Wd-fp32",))
    assert found.status is Status.NOT_TESTABLE
    assert "PL-Wd-fp32: there is no such machine; to enable: buy one" in found.reason
