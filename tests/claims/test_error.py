"""Claims about errors of commands, on errors that were made up."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims import error
from sdvbench.claims.finding import Status
from tests.claims.fakes import FakeEvidence, claim

PAIR = "orig-W1-int8 over orig-Wd-fp32"
OTHER = "orig-W1-fp16 over orig-Wd-fp32"
SIMILAR = {"metric": "mse", "relation": "at most", "number": 1.0, "within": 0.1}


@given(st.floats(-0.9, 5), st.floats(0, 2))
def test_the_whole_interval_must_be_below_a_ceiling(low, width):
    evidence = FakeEvidence(growths={PAIR: (low + width / 2, low, low + width)})
    status = error.judge(claim("error", PAIR, **SIMILAR), evidence).status
    limit = 1.0 * (1 + 0.1)
    assert (status is Status.CONFIRMED) == (1 + (low + width) <= limit)
    assert (status is Status.REFUTED) == (1 + low > limit)


@given(st.floats(-0.9, 5), st.floats(0, 2))
def test_the_whole_interval_must_be_above_a_floor(low, width):
    evidence = FakeEvidence(growths={PAIR: (low + width / 2, low, low + width)})
    worse = claim("error", PAIR, metric="mse", relation="at least", number=2.0, within=0.5)
    status = error.judge(worse, evidence).status
    assert (status is Status.CONFIRMED) == (1 + low >= 1.0)
    assert (status is Status.REFUTED) == (1 + (low + width) < 1.0)


def test_the_reason_has_the_figures_the_interval_and_the_frames():
    evidence = FakeEvidence(growths={PAIR: (0.25, 0.2, 0.3)}, data="circuit")
    found = error.judge(claim("error", PAIR, **SIMILAR), evidence)
    assert found.status is Status.REFUTED
    assert found.reason == (
        "a fake, 128 images of circuit: orig-W1-int8 has 1.250 times the mean squared error of "
        "orig-Wd-fp32 (95 % interval 1.200 to 1.300), where at most 1.100 would hold"
    )
    assert found.ours == "orig-W1-int8 1.250x"


def test_as_many_digits_are_told_as_part_the_interval_from_the_limit():
    """1.000 to 1.000 would not refute that at most 1.000 is right."""
    evidence = FakeEvidence(growths={PAIR: (2e-4, 1e-5, 3e-4)})
    equal = claim("error", PAIR, metric="mse", relation="at most", number=1.0, within=2.5e-9)
    found = error.judge(equal, evidence)
    assert found.status is Status.REFUTED
    assert "has 1.00020 times" in found.reason
    assert "interval 1.00001 to 1.00030), where at most 1.00000 would hold" in found.reason
    assert found.ours == "orig-W1-int8 1.00020x"


def test_an_interval_that_ends_at_the_limit_has_no_more_digits():
    evidence = FakeEvidence(growths={PAIR: (0.0, 0.0, 0.0)})
    equal = claim("error", PAIR, metric="mse", relation="at most", number=1.0)
    found = error.judge(equal, evidence)
    assert found.status is Status.CONFIRMED
    assert found.ours == "orig-W1-int8 1.000x"


def test_an_interval_that_holds_the_limit_tells_nothing():
    evidence = FakeEvidence(growths={PAIR: (0.1, 0.05, 0.15)})
    found = error.judge(claim("error", PAIR, **SIMILAR), evidence)
    assert found.status is Status.NOT_TESTABLE
    assert "would hold: too near to tell; to enable: give a data set with more" in found.reason


def test_an_improvement_is_a_ceiling_below_one():
    better = claim("error", PAIR, metric="mse", relation="at most", number=0.85)
    for growth, status in ((-0.2, Status.CONFIRMED), (-0.1, Status.REFUTED)):
        evidence = FakeEvidence(growths={PAIR: (growth, growth - 0.01, growth + 0.01)})
        assert error.judge(better, evidence).status is status


def test_at_best_is_the_least_error_of_all():
    best = claim("error", PAIR, OTHER, metric="mse", relation="at most", number=0.9, up_to=True)
    growths = {PAIR: (0.5, 0.4, 0.6), OTHER: (-0.2, -0.3, -0.15)}
    found = error.judge(best, FakeEvidence(growths=growths))
    assert (found.status, found.ours) == (Status.CONFIRMED, "orig-W1-fp16 0.800x")


@pytest.mark.parametrize("pair", ["ML-Wd-fp32 over orig-Wd-fp32", "orig-Wd-fp32 over ML-Wd-fp32"])
def test_what_was_pruned_of_one_file_and_not_trained_since_says_nothing(pair, tmp_path):
    both = claim("error", pair, metric="mse", relation="at least", number=1.75)
    growths = {pair: (2.0, 1.9, 2.1)}
    found = error.judge(both, FakeEvidence(growths=growths, weights=Path(__file__)))
    assert found.status is Status.NOT_TESTABLE
    assert "not trained since have lost what they knew; to enable: train them" in found.reason
    found = error.judge(both, FakeEvidence(growths=growths, weights=tmp_path))
    assert found.status is Status.CONFIRMED


def test_one_file_is_enough_where_nothing_is_pruned():
    evidence = FakeEvidence(growths={PAIR: (0.0, 0.0, 0.0)}, weights=Path(__file__))
    assert error.judge(claim("error", PAIR, **SIMILAR), evidence).status is Status.CONFIRMED


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (FakeEvidence(weights=None), "MSE needs trained weights; to enable: train it"),
        (FakeEvidence(missing=("orig-Wd-fp32",)), "there is no such machine; to enable: buy one"),
    ],
)
def test_what_cannot_be_scored_is_not_testable(evidence, told):
    found = error.judge(claim("error", PAIR, **SIMILAR), evidence)
    assert (found.status, found.reason) == (Status.NOT_TESTABLE, told)
