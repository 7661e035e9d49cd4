"""Claims about accuracy, on scores that were made up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims import accuracy
from sdvbench.claims.finding import Status
from tests.claims.fakes import FakeEvidence, claim

PAIR = "PL-W1-int8 over PL-W1-fp32"
KEEPS = claim("accuracy", PAIR, relation="keeps", points=0.005)
DROPS = claim("accuracy", PAIR, relation="drops", points=0.005)
LOSS = claim("loss", PAIR, model="yolov5s", data=("coco",), number=0.04, within=0.25)


def losing(low, high, reference=0.4, **keys):
    """Evidence of a loss with a given interval."""
    maps = {"PL-W1-fp32": reference, "PL-W1-int8": reference - (low + high) / 2}
    return FakeEvidence(maps=maps, interval=lambda drop: (low, high), **keys)


@given(low=st.floats(-0.02, 0.02), width=st.floats(1e-4, 0.02))
def test_kept_and_dropped_exclude_each_other(low, width):
    evidence = losing(low, low + width)
    kept, dropped = (accuracy.judge(one, evidence).status for one in (KEEPS, DROPS))
    assert (kept is Status.CONFIRMED) == (dropped is Status.REFUTED) == (low + width <= 0.005)
    assert (kept is Status.REFUTED) == (dropped is Status.CONFIRMED) == (low > 0.005)


def test_what_loses_nothing_is_kept_where_nothing_may_be_lost():
    keeps, drops = (replace(one, points=0.0) for one in (KEEPS, DROPS))
    assert accuracy.judge(keeps, losing(0.0, 0.0)).status is Status.CONFIRMED
    assert accuracy.judge(drops, losing(0.0, 0.0)).status is Status.REFUTED


def test_the_reason_has_the_loss_and_its_interval():
    found = accuracy.judge(DROPS, losing(0.01, 0.03))
    assert found.reason == (
        "a fake: PL-W1-int8 loses 0.0200 of 0.4000 (95 % interval 0.0100 to 0.0300) against "
        "PL-W1-fp32, where a loss of 0.0050 is the limit"
    )
    assert found.ours == "PL-W1-int8 -0.0200"


def test_a_gain_is_no_negative_loss():
    found = accuracy.judge(KEEPS, losing(-0.003, 0.001))
    assert "PL-W1-int8 gains 0.0010 of 0.4000 (95 % interval -0.0010 to 0.0030)" in found.reason
    assert found.ours == "PL-W1-int8 +0.0010"


def test_a_reference_that_detects_nothing_says_nothing_of_a_loss():
    evidence = losing(0.0, 0.01, reference=0.01, model="yolov5s", data="coco:somewhere")
    found = accuracy.judge_loss(LOSS, evidence)
    assert found.status is Status.NOT_TESTABLE
    assert "itself scores 0.0100: no loss could be seen" in found.reason


def test_nothing_lost_has_no_sign_of_its_own():
    assert accuracy.judge(KEEPS, losing(-1e-6, 3e-6)).ours == "PL-W1-int8 +0.0000"


def test_too_few_images():
    found = accuracy.judge(KEEPS, losing(0.0, 0.01))
    assert found.status is Status.NOT_TESTABLE
    assert "too few images to tell; to enable: give a data set" in found.reason


def test_a_reference_that_detects_nothing_has_nothing_to_lose():
    found = accuracy.judge(KEEPS, losing(0.0, 0.001, reference=0.01))
    assert found.status is Status.NOT_TESTABLE
    assert "itself scores 0.0100" in found.reason


def test_seeded_weights_are_not_scored():
    found = accuracy.judge(KEEPS, losing(0.0, 0.001, weights=None))
    assert found.reason.startswith("mAP needs trained weights; to enable: ")


def test_points_on_other_data_say_nothing():
    found = accuracy.judge_loss(LOSS, losing(0.035, 0.045, data="scenes:200"))
    assert found.status is Status.NOT_TESTABLE
    assert (
        "the claim is about yolov5s on coco, and this run has yolov5s on scenes:200; to"
        in found.reason
    )


def test_points_of_another_model_say_nothing():
    found = accuracy.judge_loss(LOSS, losing(0.035, 0.045, data="coco:here", model="yolov5n"))
    assert found.status is Status.NOT_TESTABLE
    assert "this run has yolov5n on coco:here; to enable: " in found.reason
    assert "--sdv-model yolov5s --sdv-weights FOLDER --sdv-data coco:FOLDER" in found.reason


def test_the_reason_tells_how_many_images_were_scored():
    found = accuracy.judge_loss(LOSS, losing(0.035, 0.045, data="coco:here"))
    assert found.reason.startswith("a fake, 128 images of coco:here: PL-W1-int8 loses 0.0400 of")


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (0.031, 0.049, Status.CONFIRMED),
        (0.051, 0.07, Status.REFUTED),
        (0.0, 0.029, Status.REFUTED),  # less is lost: that is not what the paper says
        (0.02, 0.04, Status.NOT_TESTABLE),
        (0.04, 0.06, Status.NOT_TESTABLE),
    ],
)
def test_a_loss_is_the_paper_s_give_or_take(low, high, status):  # 0.03 to 0.05
    assert accuracy.judge_loss(LOSS, losing(low, high, data="coco:here")).status is status


def test_the_score_may_be_map50():
    found = accuracy.judge(replace(DROPS, score="map50"), losing(0.01, 0.03))
    assert "loses 0.0200 of 0.4000 mAP50 (95 % interval" in found.reason
