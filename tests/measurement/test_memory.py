"""Memory and cold start from a fresh process."""

import numpy as np
import pytest

import sdvbench
from sdvbench.errors import MeasurementError
from sdvbench.measurement.memory import run_fresh
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec

SPEC = EngineSpec("fp32", imgsz=64)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    with sdvbench.build(sdvbench.load_model("yolov5n"), "W1", imgsz=64, store=store):
        pass
    return next(store.root / e.key[:2] / e.key for e in store.entries() if _is_engine(e))


def _is_engine(entry):
    return entry.recipe["kind"] == "engine"


def test_the_peak_is_the_child_s_own(artifact):
    ballast = np.ones(400 << 20, np.uint8)  # must not be counted: it is this process's
    found = run_fresh("W1", artifact, SPEC)
    assert 20 < found.peak_memory_mb < 300
    assert 0 < found.cold_start_s < 120
    assert ballast.any()


def test_a_bigger_input_takes_more_memory(artifact, tmp_path):
    store = Store(tmp_path)
    with sdvbench.build(sdvbench.load_model("yolov5n"), "W1", imgsz=640, store=store):
        pass
    big = next(store.root / e.key[:2] / e.key for e in store.entries() if _is_engine(e))
    small_mb = run_fresh("W1", artifact, SPEC).peak_memory_mb
    assert run_fresh("W1", big, EngineSpec("fp32")).peak_memory_mb > small_mb + 20


def test_a_process_that_fails_is_told_with_its_last_line(tmp_path):
    with pytest.raises(
        MeasurementError, match=r"fresh process for W1-fp32: failed with exit code 1: .*model\.onnx"
    ):
        run_fresh("W1", tmp_path, SPEC)
