"""Table V, counted on the real YOLOv5s."""

from dataclasses import replace

import pytest

from sdvbench.claims import cost
from sdvbench.claims.finding import Status
from sdvbench.claims.paper import read_paper
from tests.claims.fakes import FakeEvidence
from tests.pytest_plugin.conftest import ROOT

TABLE_V = [one for one in read_paper(ROOT / "baselines").claims if one.kind == "cost"]


@pytest.mark.parametrize("claim", TABLE_V, ids=lambda one: one.id)
def test_table_v_is_confirmed_to_the_digits_printed(claim):
    found = cost.judge(claim, FakeEvidence())
    assert found.status is Status.CONFIRMED, found.reason
    one_digit_off = replace(claim, number=claim.number + 10**-claim.decimals)
    assert cost.judge(one_digit_off, FakeEvidence()).status is Status.REFUTED
    assert "BatchNorm fused" in found.reason


def test_pg_leaves_the_fewest_macs_of_the_prunings():
    (claim,) = [one for one in read_paper(ROOT / "baselines").claims if one.kind == "fewest"]
    found = cost.judge_fewest(claim, FakeEvidence())
    assert found.status is Status.CONFIRMED, found.reason
    assert "7,600,735,200 of PL, 8,244,113,200 of PS" in found.reason
    worst = replace(claim, pruning="PS", prunings=("PL", "PG"))
    assert cost.judge_fewest(worst, FakeEvidence()).status is Status.REFUTED
