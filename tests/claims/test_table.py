"""The table of claims."""

import pytest
from msgspec.structs import replace

from sdvbench.claims.entry import KINDS
from sdvbench.claims.finding import Status
from sdvbench.claims.judged import JUDGES, judged
from sdvbench.claims.record import ClaimRecord
from sdvbench.claims.table import COLOURS, by_study, claims_on_terminal, paper_s_figure
from sdvbench.tables import rendered
from tests.claims.fakes import FakeEvidence, claim

RECORD = ClaimRecord(
    id="one",
    text="it is so",
    source="Table I",
    hardware="a big GPU",
    status=Status.REFUTED,
    reason="figures",
    ours="",
    paper="2x",
)


def test_the_terminal_s_table():
    lines = rendered(claims_on_terminal([RECORD]), 100).splitlines()
    assert lines[1].split() == ["one", "it", "is", "so", "Table", "I", "REFUTED", "-", "2x"]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (claim("cost", number=7.6, decimals=3), "7.600 G"),
        (claim("speed", number=3.5), "3.5x"),
        (claim("speed", number=18.0, up_to=True), "up to 18x"),
        (claim("speed", number=5.0, says="nearly 5x"), "nearly 5x"),
        (claim("fewest"), "fewest"),
        (claim("lost", "PL-W1-int8 over PL-Wd-fp32", shares=(0.047,)), "at most 4.7 % (PL) lost"),
        (claim("lost", shares=(0.01, 0.02, 0.03, 0.04)), "at most 1.0 to 4.0 % lost"),
        (claim("saved", "PS-W1-int8 over PS-Wd-fp32", shares=(0.364,)), "36.4 % (PS) less"),
        (claim("order"), "faster"),
        (claim("memory", number=0.3, up_to=True), "up to 30 % less"),
        (claim("accuracy", relation="keeps"), "keeps"),
        (claim("loss", number=0.033), "-0.033"),
        (claim("balance"), "best"),
        (claim("size", number=4.0), "4x smaller"),
        (claim("error", number=1.1, relation="at most"), "at most 1.1x"),
        (claim("driven", number=12.0, relation="at least"), "at least 12x"),
        (claim("figures"), "not at hand"),
        (claim("figures", says="195 MB", enable="buy it"), "195 MB"),
    ],
)
def test_what_the_paper_says(made, text):
    assert paper_s_figure(made) == text


def test_records_come_by_study_and_those_of_none_are_the_paper_s():
    named = [replace(RECORD, study="T"), RECORD, replace(RECORD, study="T", id="two")]
    found = by_study(named)
    assert {title: [one.id for one in records] for title, records in found.items()} == {
        "T": ["one", "two"],
        "the paper": ["one"],
    }


def test_figures_that_cannot_be_checked_say_why_and_what_it_would_take():
    missing = claim("figures", missing="it is gone", enable="bring it back")
    found = judged(missing, FakeEvidence())
    assert found.reason == "it is gone; to enable: bring it back"
    missing = claim("figures", missing="it is gone", instead="look at what came after")
    found = judged(missing, FakeEvidence())
    assert found.reason == "it is gone; instead: look at what came after"


def test_every_kind_is_judged_and_every_status_has_a_colour():
    assert set(JUDGES) == set(KINDS)
    assert set(COLOURS) == set(Status)
