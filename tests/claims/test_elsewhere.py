"""Claims about one data set, judged where another is at hand."""

from pathlib import Path

import pytest

from sdvbench.claims import speed
from sdvbench.claims.elsewhere import elsewhere
from sdvbench.claims.finding import Status
from sdvbench.gate.stats import Estimate
from tests.claims.fakes import FakeEvidence, claim

PAIR = "PL-W1-int8 over PL-Wd-fp32"
KITTI = claim("speed", PAIR, metric="latency", number=3.0, data=("kitti", "bdd100k"))


def test_a_claim_about_no_data_set_holds_anywhere():
    assert elsewhere(claim("speed", PAIR), FakeEvidence(weights=None)) is None


@pytest.mark.parametrize("data", ["kitti:here", "bdd100k:there?split=val"])
def test_one_of_its_data_sets_and_trained_weights_will_do(data):
    evidence = FakeEvidence({PAIR: Estimate(4, 3.9, 4.1)}, data=data)
    assert speed.judge(KITTI, evidence).status is Status.CONFIRMED


def test_other_data_is_told_with_what_to_do():
    found = speed.judge(KITTI, FakeEvidence(data="scenes"))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason == (
        "the claim is about a model trained on kitti or bdd100k, and this run has yolov5s on "
        "scenes; to enable: pytest perf -m claim --sdv-weights FOLDER --sdv-data kitti:FOLDER, "
        "with yolov5s trained on it, unpruned and pruned"
    )


def test_seeded_weights_are_of_no_data_set():
    found = speed.judge(KITTI, FakeEvidence(data="kitti:here", weights=None))
    assert "this run has yolov5s with seeded weights on kitti:here" in found.reason


def test_what_the_machine_lacks_is_told_too():
    gap = elsewhere(KITTI, FakeEvidence(missing=("PL-W1-int8",)))
    assert gap.missing.startswith("there is no such machine; and the claim is about a model")
    assert gap.enable.startswith("buy one; and pytest perf -m claim")


def test_a_model_alone_will_do_where_the_claim_names_no_data():
    mine = claim("speed", PAIR, model="pilotnet_tf")
    assert elsewhere(mine, FakeEvidence(model="pilotnet_tf", weights=None)) is None
    gap = elsewhere(mine, FakeEvidence(model="pilotnet", missing=("PL-W1-int8",)))
    assert gap.missing == "the claim is about pilotnet_tf, and this run has pilotnet"
    assert gap.enable == "pytest perf -m claim --sdv-model pilotnet_tf --sdv-weights FOLDER"


def test_the_model_counts_where_the_claim_names_one():
    coco = claim("loss", PAIR, model="yolov5s", data=("coco",))
    assert elsewhere(coco, FakeEvidence(data="coco:x", weights=Path("/"))) is None
    gap = elsewhere(coco, FakeEvidence(data="coco:x", model="yolov5n"))
    assert "about yolov5s on coco, and this run has yolov5n on coco:x" in gap.missing
    assert "pytest accuracy -m claim --sdv-model yolov5s" in gap.enable
