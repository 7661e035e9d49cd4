"""Deviation over latency, for people."""

import re

import pytest

from sdvbench.closed_loop.delays import curve
from sdvbench.errors import ReportError
from sdvbench.report.delays import Named, html, write
from tests.closed_loop.straight import Straight
from tests.closed_loop.test_delays import Nervous, Steady


@pytest.fixture(scope="module")
def found():
    simulator = Nervous(half_width_m=1.0)
    lost = curve(simulator, lambda image: simulator.teacher(), 2)
    kept = curve(Straight(), Steady().decide, 2)
    return [Named("nervous <one>", "straight", lost), Named("steady", "straight", kept)]


def test_the_page_tells_every_point_and_where_the_car_is_lost(found):
    page = html(found)
    lost, kept = (one.curve for one in found)
    assert page.count("<tr>") == 2 + len(lost.points) + len(kept.points)
    failing_ms = 1e3 * lost.failing_s
    assert f"the car does not arrive from {failing_ms:.0f} ms on" in page
    assert "every trip arrived with commands up to 2 s late" in page
    drawn = re.sub(r"<[^>]+>", "", page)
    assert "nervous &lt;one&gt; in straight" in drawn
    assert re.search(rf">\s*{failing_ms:.0f} ms\s*<", page)  # at the dashed line
    assert "<one>" not in page


def test_points_near_the_failure_are_told(found):
    lost = found[0].curve
    at_s = [point.latency_s for point in lost.points]
    assert at_s == sorted(at_s)
    place = at_s.index(lost.failing_s)
    assert at_s[place] - at_s[place - 1] == pytest.approx(Straight.tick_s)
    assert len(set(at_s)) == len(at_s)


def test_files(found, tmp_path):
    write(found, tmp_path / "new" / "delay.html")
    assert "<svg" in (tmp_path / "new" / "delay.html").read_text()
    write(found, tmp_path / "delay.md")
    assert "| 0 | 2 of 2 | " in (tmp_path / "delay.md").read_text()
    with pytest.raises(ReportError, match="neither"):
        write(found, tmp_path / "delay.pdf")
