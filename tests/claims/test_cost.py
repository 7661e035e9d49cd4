"""Table V, counted on the real YOLOv5s."""

import re
from dataclasses import replace

import pytest

from sdvbench.claims import cost
from sdvbench.claims.finding import Status
from sdvbench.claims.paper import read_paper
from sdvbench.defaults import FOLDER
from tests.claims.fakes import FakeEvidence

TABLE_V = [one for one in read_paper(FOLDER).claims if one.kind == "cost"]


@pytest.mark.parametrize("claim", TABLE_V, ids=lambda one: one.id)
def test_table_v_is_confirmed_to_the_digits_printed(claim):
    found = cost.judge(claim, FakeEvidence())
    assert found.status is Status.CONFIRMED, found.reason
    one_digit_off = replace(claim, number=claim.number + 10**-claim.decimals)
    assert cost.judge(one_digit_off, FakeEvidence()).status is Status.REFUTED
    assert "BatchNorm fused" in found.reason


@pytest.fixture
def small(monkeypatch):
    """The paper's claim about the fewest MACs, of a smaller model and image."""
    monkeypatch.setattr(cost, "IMGSZ", 64)
    (claim,) = [one for one in read_paper(FOLDER).claims if one.kind == "fewest"]
    return replace(claim, model="yolov5n")


def test_pg_leaves_the_fewest_macs_of_the_prunings(small):
    found = cost.judge_fewest(small, FakeEvidence())
    assert found.status is Status.CONFIRMED, found.reason
    assert found.reason.startswith("macs of yolov5n at 64 pixels, BatchNorm fused: ")
    counts = [int(text.replace(",", "")) for text in re.findall(r"([\d,]{5,}) of P", found.reason)]
    assert counts == sorted(counts)
    assert len(counts) == 3
    worst = replace(small, pruning="PS", prunings=("PL", "PG"))
    assert cost.judge_fewest(worst, FakeEvidence()).status is Status.REFUTED
