"""A real engine, small; accepted figures and thresholds to judge by."""

import pytest

import sdvbench
from sdvbench.gate.arms import Arm
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.thresholds import Thresholds
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec
from tests.gate.benchmark_files import write
from tests.gate.figures import CELL, ENTRY

SPEC = EngineSpec("fp32", imgsz=64, options={"threads": 1})


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    sdvbench.build(sdvbench.load_model("yolov5n"), "W1", imgsz=64, store=store, threads=1).close()
    (folder,) = (
        store.root / entry.key[:2] / entry.key
        for entry in store.entries()
        if entry.recipe["kind"] == "engine"
    )
    return Arm("W1", folder, SPEC)


@pytest.fixture
def baselines(tmp_path):
    found = Baselines(tmp_path, "some-cpu")
    found.accept(CELL, "latency", ENTRY)
    return found


@pytest.fixture
def thresholds(tmp_path):
    (tmp_path / "thresholds.toml").write_text(
        "[tolerance.anchor]\nlatency = 0.1\n[map_drop]\nint8 = { map = 0.05 }\n"
    )
    return Thresholds(tmp_path)


@pytest.fixture
def runs(tmp_path):
    """Makes two files of those records."""

    def made(old, new, **others):
        first = write(tmp_path / "old.json", *old)
        return first, write(tmp_path / "new.json", *new, **others)

    return made
