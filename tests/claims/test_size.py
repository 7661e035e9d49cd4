"""Claims about size, on files that were made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims import size
from sdvbench.claims.finding import Status
from tests.claims.fakes import FakeEvidence, claim

SMALL, LARGE = "orig-LiteRT-dyn8", "orig-LiteRT-fp32"
PAIR = f"{SMALL} over {LARGE}"


@given(st.integers(1, 10**9), st.floats(0.5, 20))
def test_the_bytes_decide(small, factor):
    large = round(small * factor) + 1
    found = size.judge(
        claim("size", PAIR, number=4.0, within=0.05),
        FakeEvidence(sizes={SMALL: small, LARGE: large}),
    )
    holds = large / small >= 3.8
    assert found.status is (Status.CONFIRMED if holds else Status.REFUTED)


def test_the_reason_has_both_sizes():
    evidence = FakeEvidence(sizes={SMALL: 2**20, LARGE: 2**22})
    found = size.judge(claim("size", PAIR, number=12.0, within=0.1), evidence)
    assert found.status is Status.REFUTED
    assert found.reason == (
        "a fake: orig-LiteRT-dyn8 takes 1.000 MiB on disk, and orig-LiteRT-fp32 4.000 MiB, which "
        "is 4.00 times as much, where 10.80 would hold"
    )
    assert found.ours == "orig-LiteRT-dyn8 4.00x"


def test_as_large_as_is_both_ways():
    both = claim("size", PAIR, f"{LARGE} over {SMALL}", number=1.0, within=0.05)
    for bytes_, status in ((100, Status.CONFIRMED), (106, Status.REFUTED), (94, Status.REFUTED)):
        evidence = FakeEvidence(sizes={SMALL: 100, LARGE: bytes_})
        assert size.judge(both, evidence).status is status


def test_up_to_asks_for_one():
    heirs = claim("size", PAIR, "orig-W2-int8 over orig-LiteRT-fp32", number=4.0, up_to=True)
    sizes = {SMALL: 100, LARGE: 399, "orig-W2-int8": 90}
    assert size.judge(heirs, FakeEvidence(sizes=sizes)).status is Status.CONFIRMED


@pytest.mark.parametrize("missing", [SMALL, LARGE])
def test_what_cannot_be_built_is_not_testable(missing):
    found = size.judge(claim("size", PAIR, number=4.0), FakeEvidence(missing=(missing,)))
    assert found.status is Status.NOT_TESTABLE
    assert found.reason == "there is no such machine; to enable: buy one"


def test_another_network_is_told_with_the_option_that_has_it():
    found = size.judge(claim("size", PAIR, number=4.0, model="pilotnet_tf"), FakeEvidence())
    assert found.status is Status.NOT_TESTABLE
    assert found.reason == (
        "the claim is about pilotnet_tf, and this run has yolov5s; to enable: pytest perf -m claim "
        "--sdv-model pilotnet_tf --sdv-weights FOLDER"
    )
