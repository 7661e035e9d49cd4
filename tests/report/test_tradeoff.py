"""Latency against accuracy and memory."""

from sdvbench.report.rows import rows_of
from sdvbench.report.tradeoff import trade_off
from tests.report.made_up import cells, driving, figures


def of(records):
    found = trade_off(rows_of(records), "name")
    assert found is not None
    return found


def test_detectors_are_scored_by_their_map():
    found = of([record for cell in cells()[:4] for record in figures(cell)])
    assert found.accuracy.name == "map"
    assert found.what == "latency, accuracy and memory"
    assert "mAP50-95" in found.picture


def test_networks_that_drive_by_their_error():
    """Of which less is better: fp32 is on the front for it, int8 for its speed."""
    found = of(driving().records)
    assert found.accuracy.name == "mse"
    assert found.accuracy.told(found.best[0].declared("mse")).startswith("0.01")
    assert "mean squared error" in found.picture
    assert "mAP" not in found.picture


def test_without_a_score_there_is_latency_and_memory():
    both = ("latency", "memory")
    found = of([r for cell in cells()[:4] for r in figures(cell) if r.metric in both])
    assert found.accuracy is None
    assert found.what == "latency and memory"
