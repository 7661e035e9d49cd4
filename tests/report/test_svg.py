"""Figures inside a page."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sdvbench.metrics import named
from sdvbench.metrics.base import Chart
from sdvbench.report.bars import bars
from sdvbench.report.rows import rows_of
from sdvbench.report.svg import thinned
from tests.report.made_up import cells, figure, run

ROWS = rows_of(run().records)


LATENCY = named("latency")
CHART = Chart("ms a call", "Latency <&>", "Milliseconds")


def drawn(name="one", value="median_ms"):
    return bars(ROWS, LATENCY, replace(LATENCY.values[0], shown=value), CHART, name)


def test_it_is_small_named_and_has_the_page_s_colours():
    text = drawn()
    root = ElementTree.fromstring(text)
    assert root.find("{*}title").text == "Latency <&>"
    assert root.find("{*}desc").text.startswith("16 bars; the best is yolov5s-PG-W1-int8-b1")
    assert root.get("aria-labelledby") == "one-t one-d"
    assert {"W1 int8", "PG", "35.5"} <= {"".join(node.itertext()) for node in root.iter()}
    # 16 bars in the page's patterns, and those of the legend
    assert len(re.findall(r"url\(#bar-[0-3]\)", text)) == 16 + 4
    assert not re.findall("#[0-9a-f]{6}|http(?!://www.w3.org)", text)
    assert len(text) < 30_000


def test_two_of_them_share_no_id():
    ids = [re.findall(r' id="([^"]+)"', drawn(name)) for name in ("one", "two")]
    assert len(set(ids[0] + ids[1])) == len(ids[0]) + len(ids[1])
    for text in (drawn("one"), drawn("two")):
        inside = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
        assert {one for one in inside if not one.startswith("bar-")} <= {*ids[0], *ids[1]}


def test_texts_are_told_as_they_are():
    record = figure(cells()[0], "latency", median_ms=0.742)
    text = bars(rows_of([record]), LATENCY, LATENCY.values[0], CHART, "one")
    assert "0.742" in {"".join(node.itertext()) for node in ElementTree.fromstring(text).iter()}


def test_without_a_value_there_is_none():
    assert drawn(value="no_such") is None


@given(st.lists(st.floats(0, 1e6), max_size=500), st.integers(2, 120))
def test_thinning_keeps_the_extremes_and_the_order(values, most):
    places, kept = thinned(values, most)
    assert len(kept) <= max(most, 2)
    assert kept == [values[place] for place in places]
    assert places == sorted(set(places))
    if values:
        assert (min(kept), max(kept)) == (min(values), max(values))
