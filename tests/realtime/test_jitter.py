"""Jitter against figures worked out by hand."""

import numpy as np
import pytest

from sdvbench.errors import MeasurementError
from sdvbench.realtime.camera import replay
from sdvbench.realtime.jitter import jitter
from sdvbench.realtime.stream import Stream


def test_by_hand() -> None:
    # Latencies 100, 200, 100 ms at 1 Hz: D is 100 ms twice.
    starts = np.arange(3.0)
    found = jitter(Stream(1.0, "queue", starts, starts + np.array((0.1, 0.2, 0.1))))
    assert found.period_min_ms == pytest.approx(900)
    assert found.period_mean_ms == pytest.approx(1000)
    assert found.period_max_ms == pytest.approx(1100)
    assert found.rfc3550_ms == pytest.approx(100 / 16 + (100 - 100 / 16) / 16)
    assert found.p99_minus_p50_ms == pytest.approx(98)


def test_even_results_have_none() -> None:
    found = jitter(replay([0.02], 10.0, 50, "queue"))
    assert found.rfc3550_ms == pytest.approx(0, abs=1e-9)
    assert found.p99_minus_p50_ms == pytest.approx(0, abs=1e-9)
    assert found.period_min_ms == pytest.approx(found.period_max_ms) == pytest.approx(100)


def test_dropped_frames_leave_gaps() -> None:
    found = jitter(replay([0.15], 10.0, 40, "drop-oldest"))
    assert found.period_mean_ms == pytest.approx(150, rel=0.02)


def test_one_result_has_no_jitter() -> None:
    with pytest.raises(MeasurementError, match="1 results"):
        jitter(replay([0.1], 10.0, 1, "queue"))
