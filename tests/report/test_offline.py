"""Size, error and time of networks that drive."""

import re

import pytest
from msgspec.structs import replace

from sdvbench.report.html import html
from sdvbench.report.offline import offline
from sdvbench.report.rows import rows_of
from tests.report.made_up import DRIVERS, cells, driving, driving_figures, figure, figures, run


def table(records):
    heads, lines, _ = offline(rows_of(records))
    return [
        dict(zip([*heads[:4], "of MSE", "growth", "of growth", *heads[7:]], line, strict=True))
        for line in lines
    ]


def test_a_line_an_engine():
    one, other, small = table(driving().records)
    assert (one["engine"], one["MiB"], one["of fp32"]) == (
        "pilotnet-orig-Wd-fp32-b1",
        "6.104",
        "1.00",
    )
    assert (other["MiB"], other["of fp32"]) == ("6.084", "1.00")
    assert small == {
        "engine": "pilotnet-orig-W1-int8-b1",
        "MiB": "1.521",
        "of fp32": "0.25",
        "MSE": "0.01028",
        "of MSE": "0.00500 to 0.02000",
        "growth": "+2.84%",
        "of growth": "+1.84% to +3.84%",
        "ms an image": "0.400",
        "speed-up": "2.50",
        "95 %": "2.27 to 2.78",
    }


def test_without_fp32_of_its_workflow_it_is_held_against_pytorch():
    kept = [record for record in driving().records if "W1-fp32" not in record.cell]
    assert table(kept)[1]["of fp32"] == f"{1.595 / 6.4:.2f}"
    alone = [record for record in kept if "Wd" not in record.cell]
    assert table(alone)[0]["of fp32"] == "-"


def test_batches_are_told_by_the_image():
    from dataclasses import replace as other

    cell = other(DRIVERS[0], batch=4)
    assert table(driving_figures(cell, ms=8.0))[0]["ms an image"] == "2.000"


def test_an_older_file_has_the_size_beside_memory():
    latency, mse = (replace(one, size={}) for one in driving_figures(DRIVERS[0]))
    memory = figure(cells()[0], "memory", file_mb=1.0, private_memory_mb=10.0)
    memory = replace(memory, cell=latency.cell, size={})
    assert table([latency, mse, memory])[0]["MiB"] == "1.000"
    bare = replace(mse, intervals={})
    (line,) = table([latency, bare])
    assert (line["MiB"], line["of MSE"], line["of growth"]) == ("-", "-", "-")


def test_detectors_have_no_such_table():
    assert table(figures(cells()[0])) == []
    assert 'id="offline"' not in html(run(), [])


@pytest.fixture(scope="module")
def page():
    return html(driving(), [])


def test_the_page_has_both_tables_and_paths(page):
    found = re.findall('<section id="([^"]+)">', page)
    assert found.index("offline") < found.index("simulator")
    assert set(re.findall('href="#([a-z-]+)">', page)) == set(found)
    assert "+1.84% to +3.84%" in page
    assert "Paths that engines drove" in page
    assert "furthest: 2.01 m" in page
    assert (
        "Share by which the mean squared error is larger than that of the fp32 reference of" in page
    )


def test_how_it_drives_is_no_latency():
    told = {"deviation_m": 0.06, "growth_m": 0.01, "arrived": 1.0}
    latency, _ = driving_figures(DRIVERS[0])
    page = html(run(records=[latency, figure(DRIVERS[0], "deviation", **told)], traces={}), [])
    assert page.index("Mean distance to the lane") > page.index('<section id="accuracy">')


def test_a_path_without_its_lane_is_drawn_too():
    """As the oldest files have it."""
    old = [replace(one, lane_m=[]) for one in driving().drives]
    assert "furthest: 2.01 m" in html(run(records=[], drives=old), [])
