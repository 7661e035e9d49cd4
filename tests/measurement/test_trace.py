"""Traces and the loops that record them."""

import numpy as np
import pytest

from sdvbench.errors import MeasurementError
from sdvbench.measurement.latency import interleaved, measure
from sdvbench.measurement.trace import Trace
from sdvbench.workflows.base import Engine, EngineSpec


class Recorder(Engine):
    """Notes which engine was called with which image."""

    def __init__(self, name, log, batch=1):
        super().__init__(EngineSpec.for_images("fp32", imgsz=32, batch=batch))
        self.name, self.log = name, log

    def run(self, images):
        self.log.append((self.name, float(images[0, 0, 0, 0])))
        return images


def numbered(count):
    return np.arange(count, dtype=np.float32).reshape(-1, 1, 1, 1) * np.ones(
        (1, 3, 32, 32), np.float32
    )


def test_statistics_derive_from_raw_seconds():
    trace = Trace(np.array([0.1, 0.2, 0.3, 0.4, 1.0]), batch=2)
    assert trace.median == 0.3
    assert trace.percentile(100) == 1.0
    assert trace.images_per_second == pytest.approx(10 / 2.0)


@pytest.mark.parametrize("seconds", [[], [0.1, np.nan], [0.0], [-1.0]])
def test_nonsense_is_no_trace(seconds):
    with pytest.raises(MeasurementError):
        Trace(np.array(seconds))


def test_measure_takes_the_images_in_turn_after_warming_up():
    log = []
    trace = measure(Recorder("a", log), numbered(3), rounds=7, warmup=2)
    assert len(trace.seconds) == 7
    assert [image for _, image in log[2:]] == [0, 1, 2, 0, 1, 2, 0]


def test_images_must_fill_the_batches():
    with pytest.raises(MeasurementError, match="do not fill batches of 2"):
        measure(Recorder("a", [], batch=2), numbered(3))
    with pytest.raises(MeasurementError):
        measure(Recorder("a", []), numbered(0))


def test_engines_of_different_shape_are_no_pair():
    with pytest.raises(MeasurementError, match="same inputs"):
        interleaved([Recorder("a", []), Recorder("b", [], batch=2)], numbered(2))


def test_a_round_calls_every_engine_on_the_same_image():
    log = []
    pair = interleaved([Recorder("a", log), Recorder("b", log)], numbered(3))
    pair.run(40)
    rounds = [log[i : i + 2] for i in range(0, 80, 2)]
    assert all({name for name, _ in called} == {"a", "b"} for called in rounds)
    assert all(called[0][1] == called[1][1] for called in rounds)
    assert [called[0][1] for called in rounds[:4]] == [0, 1, 2, 0]
