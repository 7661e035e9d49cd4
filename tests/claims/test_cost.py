"""Table V, counted on the real YOLOv5s."""

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
