"""Why an engine cannot drive, in the order in which it is worth knowing."""

import pytest

from sdvbench import embedded
from sdvbench.cells import Cell
from sdvbench.session.driving import drive_gap
from sdvbench.session.settings import Settings
from sdvbench.session.suite import Suite


@pytest.mark.parametrize(
    ("model", "weights", "batch", "told"),
    [
        ("yolov5n", None, 1, "yolov5n cannot drive: its task is detection, not driving; to enable"),
        ("pilotnet", None, 1, "MSE needs trained weights; to enable: --sdv-model pilotnet"),
        ("pilotnet_tf", embedded.FOLDER, 1, "no pilotnet_tf-orig comes with sdvbench; to enable"),
        ("pilotnet", embedded.FOLDER, 2, "a camera gives one frame at a time; to enable: --sdv-b"),
        ("pilotnet", embedded.FOLDER, 1, "None"),
    ],
)
def test_what_an_engine_lacks_to_drive(tmp_path, model, weights, batch, told):
    suite = Suite(Settings(model=(model,), weights=weights, batch=(batch,), store=tmp_path))
    assert str(drive_gap(suite, Cell(model, "orig", "W1", "fp32", batch))).startswith(told)
