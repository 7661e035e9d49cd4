"""Bars of what is lost."""

from sdvbench.metrics import named
from sdvbench.report.losses import losses
from sdvbench.report.rows import rows_of
from tests.report.made_up import cells, figure

METRIC = named("map_drop")


def rows(*drops):
    """Of as many cells, PyTorch's reference first."""
    return rows_of(
        figure(cell, "map_drop", map=0.4, map_drop=drop)
        for cell, drop in zip([cells()[0], *cells()[4:]], drops, strict=False)
    )


def test_the_reference_loses_nothing_and_is_left_out():
    assert losses(rows(0.0), METRIC, "x") is None
    assert "the largest loss is yolov5s-orig-W1-fp32-b1&#x27;s" in losses(
        rows(0.0, 0.01), METRIC, "x"
    )


def test_gains_and_losses_are_told_apart():
    drawn = losses(rows(0.0, 0.01, -0.0004), METRIC, "x")
    assert ">+0.0100<" in drawn
    assert ">-0.0004<" in drawn


def test_no_loss_at_all_is_drawn_too():
    drawn = losses(rows(0.0, 0.0, -1e-6), METRIC, "x")
    assert drawn.count(">+0.0000<") == 2
