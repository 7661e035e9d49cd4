"""What is allowed."""

import pytest

from sdvbench.errors import BaselineError
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Tier
from tests.gate.figures import CELL


def test_tolerances_may_differ_by_cell(tmp_path):
    (tmp_path / "thresholds.toml").write_text(
        '[tolerance.anchor]\nlatency = 0.1\n[tolerance.anchor."*-Wd-*"]\nlatency = 0.5\n'
        "[tolerance.artifact]\nlatency = 0.05\n"
    )
    thresholds = Thresholds(tmp_path)
    assert thresholds.tolerance(Tier.ANCHOR, "latency", CELL) == 0.1
    assert thresholds.tolerance(Tier.ANCHOR, "latency", "yolov5s-orig-Wd-fp32-b1") == 0.5
    assert thresholds.tolerance(Tier.ARTIFACT, "latency", "yolov5s-orig-Wd-fp32-b1") == 0.05
    assert not thresholds.has(Tier.ABSOLUTE, "latency", CELL)
    with pytest.raises(BaselineError, match=r"tolerance.anchor.throughput is not a number"):
        thresholds.tolerance(Tier.ANCHOR, "throughput", CELL)


def test_a_tolerance_may_be_of_some_cells_alone(tmp_path):
    (tmp_path / "thresholds.toml").write_text('[tolerance.absolute."*-Wd-*"]\nlatency = 0.5\n')
    thresholds = Thresholds(tmp_path)
    assert thresholds.has(Tier.ABSOLUTE, "latency", "yolov5s-orig-Wd-fp32-b1")
    assert not thresholds.has(Tier.ABSOLUTE, "latency", "yolov5s-orig-W1-fp32-b1")


def test_a_missing_or_broken_thresholds_file_is_named(tmp_path):
    with pytest.raises(BaselineError, match="there is no such file"):
        Thresholds(tmp_path)
    (tmp_path / "thresholds.toml").write_text("[tolerance\n")
    with pytest.raises(BaselineError, match="cannot be read"):
        Thresholds(tmp_path)
    for text, named in (
        ("tolerance = 1\n", "tolerance"),
        ("[tolerance]\nanchor = 0.1\n", "anchor"),
    ):
        (tmp_path / "thresholds.toml").write_text(text)
        with pytest.raises(BaselineError, match=f"{named} is not a table"):
            Thresholds(tmp_path).has(Tier.ANCHOR, "latency", CELL)
