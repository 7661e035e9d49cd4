"""The legend of "of roof"; tests/pytest_plugin/test_perf_suite.py has the column."""

from sdvbench.measurement.roofline import Roof
from sdvbench.pytest_plugin.roofs import legend


def record(cell, threads, gmacs_per_s, gb_per_s, disturbed=""):
    return Roof(10**9, 10**8, gmacs_per_s, gb_per_s).reached(cell, 640, 0.1, threads, disturbed)


def test_peaks_are_told_once_for_each_number_of_threads():
    told = legend(
        [
            record("n-orig-W1-fp32-b1", 1, 57.2, 20.0),
            record("n-PL-W1-fp32-b1", 1, 57.2, 20.0),
            record("n-orig-W1-int8-b1", 1, 222.0, 20.0),
            record("n-orig-Wd-fp32-b1", 0, 113.0, 25.0, "others worked"),
        ],
        {"int16": "nothing computes in it"},
    )
    assert told[0].startswith("of roof: ")
    assert told[1:] == [
        "peaks of 1 thread: fp32 57, int8 222 GMAC/s; memory 20.0 GB/s",
        "peaks: fp32 113 GMAC/s; memory 25.0 GB/s",
        "peaks may be too low: others worked",
        "no roof for int16: nothing computes in it",
    ]


def test_without_roofs_there_is_no_legend():
    assert legend([], {}) == []
