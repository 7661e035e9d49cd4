"""Claims that an engine loses at most the share that a table says, on scores that were made up."""

from pathlib import Path

import pytest

from sdvbench.claims import lost
from sdvbench.claims.finding import Status
from tests.claims.fakes import FakeEvidence, claim

CLAIM = claim("lost", "PL-W1-int8 over PL-Wd-fp32", shares=(0.05,))
PRUNED = claim("lost", "PL-Wd-fp32 over orig-Wd-fp32", shares=(0.05,))


def losing(low, high, reference=0.8, **keys):
    maps = {"PL-Wd-fp32": reference, "PL-W1-int8": reference - (low + high) / 2}
    maps["orig-Wd-fp32"] = reference
    return FakeEvidence(maps=maps, interval=lambda drop: (low, high), **keys)


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (0.01, 0.039, Status.CONFIRMED),  # 5 % of 0.8
        (-0.02, 0.0, Status.CONFIRMED),
        (0.041, 0.06, Status.REFUTED),
        (0.03, 0.05, Status.NOT_TESTABLE),
    ],
)
def test_the_whole_interval_stays_within_the_share_of_what_there_was(low, high, status):
    assert lost.judge(CLAIM, losing(low, high)).status is status


def test_the_reason_has_the_share_and_the_points():
    found = lost.judge(CLAIM, losing(0.01, 0.03))
    assert found.reason == (
        "a fake: PL-W1-int8 loses 0.0200 of 0.8000 mAP50 (95 % interval 0.0100 to 0.0300) against "
        "PL-Wd-fp32, where a loss of 0.0400 (5.0 %) is the limit"
    )


def test_a_reference_that_detects_nothing_says_nothing():
    found = lost.judge(CLAIM, losing(0.0, 0.0, reference=0.01))
    assert found.status is Status.NOT_TESTABLE
    assert "no loss could be seen" in found.reason


def test_a_model_that_was_pruned_here_and_not_trained_since_says_nothing_of_pruning():
    found = lost.judge(PRUNED, losing(0.0, 0.0, weights=Path(__file__)))
    assert "sdvbench recover" in found.reason
    assert lost.judge(CLAIM, losing(0.0, 0.0, weights=Path(__file__))).status is Status.CONFIRMED
