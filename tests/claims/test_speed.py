"""Claims about speed, on speed-ups that were made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims import speed
from sdvbench.claims.finding import Status
from sdvbench.gate.stats import Estimate
from tests.claims.fakes import FakeEvidence, claim

PAIR = "PL-W1-int8 over PL-Wd-fp32"
OTHER = "PG-W1-int8 over PG-Wd-fp32"
THREE = {"metric": "latency", "number": 3.0, "within": 0.1}  # so that 2.7 will do


def around(value, width=0.05):
    return Estimate(value, value - width, value + width)


@given(st.floats(1, 6), st.floats(0, 1))
def test_the_whole_interval_decides(low, width):
    found = speed.judge(
        claim("speed", PAIR, **THREE),
        FakeEvidence({PAIR: Estimate(low + width / 2, low, low + width)}),
    )
    assert (found.status is Status.CONFIRMED) == (low >= 3.0 * 0.9)
    assert (found.status is Status.REFUTED) == (low + width < 3.0 * 0.9)


def test_the_reason_has_the_figures_and_what_was_measured():
    found = speed.judge(claim("speed", PAIR, **THREE), FakeEvidence({PAIR: around(2.0)}))
    assert found.reason == (
        "a fake: PL-W1-int8 is 2.00 times as fast as PL-Wd-fp32 (95 % interval 1.95 to 2.05), "
        "which stays below 2.70"
    )
    assert found.ours == "PL-W1-int8 2.00x"


def test_noise_is_not_testable_and_says_what_to_do():
    found = speed.judge(claim("speed", PAIR, **THREE), FakeEvidence({PAIR: around(2.7)}))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason.endswith(
        "(95 % interval 2.65 to 2.75), which is too noisy to tell from 2.70; to enable: run it "
        "again when the machine is quiet"
    )


def test_what_neighbours_ended_too_soon_is_no_verdict():
    evidence = FakeEvidence({PAIR: around(3.0)}, settled=False)
    found = speed.judge(claim("speed", PAIR, **THREE), evidence)
    assert found.status is Status.NOT_TESTABLE
    assert found.reason.startswith(
        "a fake: PL-W1-int8 is 3.00 times as fast as PL-Wd-fp32 (95 % interval 2.95 to 3.05), "
        "which is too noisy to tell from 2.70 after 4 loadings: somebody was there; to enable: "
    )


def test_a_disturbed_pair_is_not_testable():
    found = speed.judge(claim("speed", PAIR, **THREE), FakeEvidence({PAIR: None}))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason.startswith("somebody was there; to enable: ")


def test_what_cannot_run_here_is_not_timed():
    evidence = FakeEvidence(missing=("PL-W1-int8",))
    found = speed.judge(claim("speed", PAIR, **THREE), evidence)
    assert found.reason == "there is no such machine; to enable: buy one"
    assert not evidence.asked


def test_one_pair_that_falls_short_refutes_and_one_that_is_missing_does_not_hide_it():
    both = claim("speed", OTHER, PAIR, **THREE)
    evidence = FakeEvidence({PAIR: around(2.0)}, missing=("PG-Wd-fp32",))
    assert speed.judge(both, evidence).status is Status.REFUTED


def test_up_to_stops_at_the_first_that_reaches_it():
    up_to = claim("speed", PAIR, OTHER, up_to=True, **THREE)
    evidence = FakeEvidence({PAIR: around(3.1), OTHER: around(1.0)})
    assert speed.judge(up_to, evidence).status is Status.CONFIRMED
    assert evidence.asked == [PAIR]


def test_up_to_is_open_where_one_of_its_pairs_cannot_run():
    up_to = claim("speed", PAIR, OTHER, up_to=True, **THREE)
    evidence = FakeEvidence({PAIR: around(1.0)}, missing=("PG-W1-int8",))
    found = speed.judge(up_to, evidence)
    assert found.status is Status.NOT_TESTABLE
    assert "1.00 times" in found.reason
    assert "PG-W1-int8: there is no such machine" in found.reason


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (around(1.0, 0.01), Status.REFUTED),  # equal engines are not one faster than the other
        (around(1.05, 0.02), Status.CONFIRMED),
        (around(1.02, 0.01), Status.NOT_TESTABLE),
        (around(0.8, 0.01), Status.REFUTED),
    ],
)
def test_order_asks_for_more_than_equal_engines_differ_by(ratio, status):
    found = speed.judge_order(claim("order", PAIR, margin=0.02), FakeEvidence({PAIR: ratio}))
    assert found.status is status


def test_throughput_is_told_in_images():
    images = claim("speed", PAIR, **{**THREE, "metric": "throughput"})
    assert (
        "passes 3.00 times the images of"
        in speed.judge(images, FakeEvidence({PAIR: around(3.0)})).reason
    )


def test_an_order_may_be_of_throughput():
    order = claim("order", PAIR, margin=0.02, metric="throughput")
    found = speed.judge_order(order, FakeEvidence({PAIR: around(1.1)}))
    assert found.status is Status.CONFIRMED
    assert "passes 1.10 times the images of" in found.reason
