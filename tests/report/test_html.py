"""The page: what stands in it, and how large it may be."""

import re

import pytest

from sdvbench.report.html import html
from sdvbench.report.recommendation import limits
from tests.report.made_up import cells, everything, figure, hundred, run

MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def page():
    return html(everything(), limits(map_drop=0.02))


def test_verdicts_come_first_and_each_fail_has_its_sentence(page):
    text = re.sub(r"<[^>]+>", "", page[page.index("<main>") :]).replace("\u00a0", " ")
    text = re.sub(r"\s+", " ", text)
    assert text.startswith(" Verdicts 2 ✗ FAIL 1 ? INCONCLUSIVE 9 ○ UNGATED 80 ✓ PASS")
    assert (
        "✗ FAIL yolov5s-orig-Wd-fp32-b1 latency: 1.231 times the engine accepted on 2026-01-02 at "
        "commit abc (95 % interval 1.216 to 1.247), tolerance 5 %. Find what made it worse; if it "
        "is meant, run with --benchmark-json=RESULTS.json, then sdvbench baseline accept"
    ) in text
    assert "(limit 0.02). Find what made it worse; if it is meant, raise the limit in" in text


def test_every_section_is_there(page):
    found = re.findall('<section id="([^"]+)">', page)
    assert found == [
        *("verdicts", "recommendation", "cells", "bars", "trade-off", "distributions"),
        *("real-time", "claims", "roofline", "baseline", "environment"),
    ]
    assert set(re.findall('href="#([a-z-]+)">', page)) == set(found)


def test_nothing_is_loaded_from_elsewhere(page):
    outside = re.findall(r"""(?:src|href|url\(|@import)\s*=?\s*["'(]?([a-z]+:[^"')]*)""", page)
    assert set(outside) <= {"data:,"}
    assert "<script" not in page


def test_what_a_run_tells_is_escaped():
    strange = figure(cells()[0], "latency", "UNGATED", "<script>alert(1)</script>", median_ms=1.0)
    page = html(run(records=[strange]), [])
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_ids_are_unique(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_an_accuracy_run_has_no_pictures_of_time_and_no_recommendation():
    records = [figure(cells()[0], "map_drop", map=0.4, map_drop=0.0)]
    page = html(run(records=records, traces={}), [])
    assert "median latency not measured" in page
    assert 'id="bars"' not in page


def test_a_hundred_cells_behind_three_cameras_stay_small():
    page = html(hundred(), [])
    assert len(page.encode()) < MOST_BYTES
    assert "thinned to 120 points" in page
