"""The page: what stands in it, and how large it may be."""

import re

import pytest
from msgspec.structs import replace

from sdvbench.cells import Cell
from sdvbench.gate.verdict import Status
from sdvbench.report.html import html
from sdvbench.report.limits import limits
from sdvbench.report.roofline import picture
from tests.report.made_up import (
    cells,
    claim,
    everything,
    figure,
    figures,
    hundred,
    realtime,
    roofline,
    run,
)

MOST_BYTES = 5_000_000
SCORED = ("map_drop", "pruning_drop")


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
    assert "(limit map = 0.02). Find what made it worse; if it is meant, change the" in text


def test_tests_that_ended_in_an_error_come_before_them():
    lost = [f"perf/test_memory.py::test_memory[{cells()[0]}]"]
    page = html(run(errors={"MeasurementError: <gone>": lost}), [])
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("<main>") :]))
    assert f"✗ ERROR {lost[0]}: MeasurementError: &lt;gone&gt; " in text
    assert f"{cells()[0]}: a test ended in an error" in text
    assert "<title>sdvbench: 1 test ended in an error, without a verdict. All 92" in page


def test_every_section_is_there(page):
    found = re.findall('<section id="([^"]+)">', page)
    assert found == [
        *("verdicts", "recommendation", "cells", "bars", "accuracy", "trade-off", "distributions"),
        *("real-time", "tables", "claims", "roofline", "baseline", "environment"),
    ]
    assert set(re.findall('href="#([a-z-]+)">', page)) == set(found)


def test_nothing_is_loaded_from_elsewhere(page):
    outside = re.findall(r"""(?:src|href|url\(|@import)\s*=?\s*["'(]?([a-z]+:[^"')]*)""", page)
    assert set(outside) <= {"data:,"}
    assert "<script" not in page


def test_claims_are_told_by_study():
    named = [claim(study="One <b>"), claim("REFUTED", study="Two", hardware="a big GPU")]
    page = html(run(claims=named, records=[]), [])
    assert re.findall("<h3>Claims of (.*)</h3>", page) == ["One &lt;b&gt;", "Two"]
    assert "The study's figures are from a big GPU." in page


def test_what_a_run_tells_is_escaped():
    strange = figure(cells()[0], "latency", "UNGATED", "<script>alert(1)</script>", median_ms=1.0)
    page = html(run(records=[strange]), [])
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_policy_of_somebody_else_is_escaped():
    strange = realtime(cells()[0], 10, policy='x\\q"><script>alert(1)</script>')
    assert "<script" not in html(run(realtime=[strange]), [])


def test_ids_are_unique(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_an_accuracy_run_has_pictures_of_accuracy_none_of_time_and_no_recommendation():
    drops = [record for cell in cells() for record in figures(cell) if record.metric in SCORED]
    page = html(run(records=drops, traces={}), [])
    assert "median latency not measured" in page
    assert 'id="bars"' not in page
    assert '<title id="yolov5s--batch-1-map-t">Accuracy</title>' in page
    assert "16 bars; the best is yolov5s-orig-Wd-fp32-b1 with 0.46 mAP50-95." in page
    assert "12 bars; the largest loss is yolov5s-orig-W1-int8-b1&#x27;s with 0.0310." in page


def test_references_alone_have_no_picture_of_losses():
    records = [figure(cells()[0], "map_drop", map=0.4, map_drop=0.0)]
    page = html(run(records=records, traces={}), [])
    assert 'id="yolov5s--batch-1-map-t"' in page
    assert "Loss of mAP50-95 against fp32" not in page


def test_a_missed_deadline_is_among_the_verdicts_and_in_the_table():
    late = realtime(cells()[0], 30, status=Status.FAIL, reason="300 of 300 frames missed")
    page = html(run(records=[], traces={}, realtime=[late]), [])
    assert '<p class="lead">1 of 1 figures FAIL.</p>' in page
    assert "deadlines at 30 Hz (drop-oldest, filmed)</strong>: 300 of 300 frames missed." in page
    assert page.count("FAIL</span>") == 3  # the tile, the finding, the table


def test_a_film_and_its_replay_are_told_apart():
    cell = cells()[0]
    filmed = realtime(cell, 10, misses=11, miss_rate=(0.1, 0.0, 0.2))
    replayed = realtime(cell, 10, misses=77, replayed_from_hz=30.0)
    page = html(run([cell], realtime=[filmed, replayed]), [])
    assert "<td>filmed</td><td>11 of 300" in page
    assert "<td>replayed from 30 Hz</td><td>77 of 300" in page
    assert "Latency of each frame at 10 Hz, drop-oldest, filmed" in page
    assert "drop-oldest, replayed" not in page  # a film comes before its replay
    assert "lines with sAP are replayed from what was filmed at 30 Hz" in page
    assert "drop-oldest, replayed from 30 Hz" in html(run([cell], realtime=[replayed]), [])


def test_the_roofline_is_drawn_in_the_page_s_colours():
    engines = [Cell.parse(f"yolov5s-orig-W{n}-fp32-b1") for n in range(7)]
    drawn = picture([replace(roofline(cells()[0]), cell=str(cell)) for cell in engines])
    assert not re.findall('#[0-9a-f]{6}|#[0-9a-f]{3}[;"]', drawn)
    assert {f"var(--series-{n})" for n in range(6)} <= set(re.findall(r"var\(--series-.\)", drawn))


def test_a_hundred_cells_behind_three_cameras_stay_small():
    page = html(hundred(), [])
    assert len(page.encode()) < MOST_BYTES
    assert "thinned to 120 points" in page
