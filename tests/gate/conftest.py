"""A real engine, small; accepted figures and thresholds to judge by."""

import pytest

from sdvbench.gate.arms import Arm
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.thresholds import Thresholds
from sdvbench.models.digest import model_digest
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from tests.gate.benchmark_files import write
from tests.gate.figures import CELL, ENTRY

SPEC = EngineSpec.for_images("fp32", imgsz=64, options={"threads": 1})


@pytest.fixture(scope="module")
def arm(nano, session_store):
    source = Source(model_digest(nano), lambda: nano)
    artifact = build_artifact("W1", source, SPEC, None, Store(session_store))
    return Arm("W1", artifact.folder, SPEC)


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
