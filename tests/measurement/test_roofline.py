"""The arithmetic of the roofline, and its picture."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import OptionError
from sdvbench.measurement.roofline import Roof

positive = st.floats(1e-3, 1e6)
counts = st.integers(1, 10**13)
roofs = st.builds(Roof, counts, counts, positive, positive)


def test_arithmetic_bounds_what_reads_little():
    roof = Roof(macs=8_000_000_000, bytes=100_000_000, gmacs_per_s=100, gb_per_s=20)
    assert roof.seconds == pytest.approx(0.08)  # memory alone would take 5 ms
    assert roof.bound == "compute"
    assert roof.share(0.1) == pytest.approx(0.8)
    assert roof.bandwidth_share(0.1) == pytest.approx(1 / 20)  # 1 GB/s


def test_memory_bounds_what_computes_little():
    roof = Roof(macs=1_000_000_000, bytes=1_000_000_000, gmacs_per_s=100, gb_per_s=20)
    assert roof.seconds == pytest.approx(0.05)  # arithmetic alone would take 10 ms
    assert roof.bound == "memory"
    assert roof.share(0.2) == roof.bandwidth_share(0.2) == pytest.approx(0.25)


@given(roofs, positive, st.floats(1.01, 100))
def test_the_share_falls_as_time_grows(roof, seconds, factor):
    assert roof.share(factor * seconds) == pytest.approx(roof.share(seconds) / factor)
    assert roof.share(roof.seconds) == pytest.approx(1)


@given(roofs, positive)
def test_neither_peak_is_passed_below_the_roof(roof, factor):
    seconds = roof.seconds * (1 + factor)
    assert roof.macs / 1e9 / seconds <= roof.gmacs_per_s
    assert roof.bandwidth_share(seconds) <= 1


@given(counts, positive, positive, st.floats(0.01, 0.99))
def test_the_bound_changes_at_the_ridge(macs, gmacs_per_s, gb_per_s, share):
    at_the_ridge = macs * gb_per_s / gmacs_per_s
    fewer, more = share * at_the_ridge, at_the_ridge / share
    assert Roof(macs, fewer, gmacs_per_s, gb_per_s).bound == "compute"
    assert Roof(macs, more, gmacs_per_s, gb_per_s).bound == "memory"


def test_a_share_beyond_the_roof_is_shown_as_it_is():
    record = Roof(2_000_000_000, 1, 10, 10).reached("cell", 640, 0.1, 0, "")
    assert record.share == pytest.approx(2)
    assert record.roof_seconds == pytest.approx(0.2)
    assert "estimate" in record.note


def point(cell, seconds, gmacs_per_s=100.0):
    return Roof(10**9, 10**8, gmacs_per_s, 20.0).reached(cell, 640, seconds, 0, "")


def test_the_picture_names_engines_and_peaks():
    pytest.importorskip("matplotlib", reason="to enable: pip install matplotlib")
    from sdvbench.measurement.roofline_plot import draw

    points = [
        point("yolov5n-orig-W1-fp32-b1", 0.02),
        point("yolov5n-PL-W1-fp32-b1", 0.0125),
        point("yolov5n-orig-Wd-int8-b1", 0.01, gmacs_per_s=400.0),
    ]
    (axes,) = draw(points).axes
    told = {text.get_text(): text for text in axes.texts}
    assert set(told) == {
        "W1 fp32",
        "Wd int8",
        "fp32 100 GMAC/s",
        "int8 400 GMAC/s",
        "memory 20 GB/s",
    }
    assert told["W1 fp32"].xy == pytest.approx((10, 80))  # MAC a byte, and GMAC/s of the faster
    lines = {tuple(map(float, line.get_ydata())) for line in axes.lines}
    assert (50.0, 80.0) in {tuple(round(y, 6) for y in line) for line in lines}
    ridges = sorted(float(line.get_xdata()[1]) for line in axes.lines if len(line.get_xdata()) == 3)
    assert ridges == [5, 20]
    for line in axes.lines:
        assert all(map(math.isfinite, [*line.get_xdata(), *line.get_ydata()]))


def test_models_and_batches_are_named_where_they_differ():
    pytest.importorskip("matplotlib", reason="to enable: pip install matplotlib")
    from sdvbench.measurement.roofline_plot import draw

    cells = ("yolov5n-orig-W1-fp32-b1", "yolov5s-orig-W1-fp32-b8")
    (axes,) = draw([point(cell, 0.1) for cell in cells]).axes
    told = {text.get_text() for text in axes.texts}
    assert {"yolov5n W1 fp32 b1", "yolov5s W1 fp32 b8"} <= told


def test_a_picture_of_nothing_is_refused():
    from sdvbench.measurement.roofline_plot import draw

    with pytest.raises(OptionError, match="the roofline: has no cell with a roof"):
        draw([])
