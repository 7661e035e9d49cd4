"""MLPerf's LoadGen in front of an engine of known speed; nothing timed is asserted but order."""

import time

import numpy as np
import pytest

from sdvbench.errors import MeasurementError
from sdvbench.measurement.loadgen import CrossCheck, cross_check, single_stream
from sdvbench.workflows.base import Engine, EngineSpec

IMAGES = np.zeros((4, 3, 32, 32), np.float32)


class Sleeper(Engine):
    """Sleeps for two milliseconds; counts its calls."""

    calls = 0

    def run(self, images):
        self.calls += 1
        time.sleep(0.002)
        return images


@pytest.fixture
def sleeper():
    return Sleeper(EngineSpec.for_images("fp32", imgsz=32))


def test_loadgen_asks_as_often_as_told_and_keeps_its_logs_in_the_folder(sleeper, tmp_path):
    pytest.importorskip("mlperf_loadgen")
    seconds = single_stream(sleeper, IMAGES, 70, tmp_path)
    assert sleeper.calls == 70
    assert 0.002 <= seconds[50] <= seconds[90]
    assert (tmp_path / "mlperf_log_detail.txt").is_file()


def test_both_tools_are_asked_in_turn(sleeper, tmp_path):
    pytest.importorskip("mlperf_loadgen")
    found = cross_check(sleeper, IMAGES, tmp_path, blocks=2)
    assert [len(blocks) for blocks in (*found.loadgen.values(), *found.sdvbench.values())] == [
        2
    ] * 4
    assert min(min(blocks) for blocks in found.loadgen.values()) >= 0.002


def test_ratios_are_of_neighbouring_blocks():
    found = CrossCheck({50: [1.0, 2.0, 4.0]}, {50: [1.1, 2.0, 2.0]})
    assert np.exp(found.log_ratios(50)).tolist() == pytest.approx([1.1, 1.0, 0.5])


def test_a_log_without_a_result_is_named(sleeper, tmp_path):
    from sdvbench.measurement.loadgen import _results

    log = tmp_path / "mlperf_log_detail.txt"
    for text in (None, '\n:::MLLOG {"key": "result_validity", "value": "INVALID"}\n'):
        if text:
            log.write_text(text)
        with pytest.raises(MeasurementError, match="no valid result"):
            _results(log)


def test_loadgen_that_is_missing_is_named(sleeper, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mlperf_loadgen", None)
    with pytest.raises(MeasurementError, match="pip install mlcommons-loadgen"):
        single_stream(sleeper, IMAGES, 70, tmp_path)
