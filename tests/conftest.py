"""Fixtures of all tests."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from sdvbench.measurement.hardware import available_cores
from sdvbench.measurement.spinning import stop_idle_spinning

if TYPE_CHECKING:
    from sdvbench.models import Detector

# Before torch is imported. Workers that share the cores would wait for one another, spinning.
stop_idle_spinning()
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
os.environ.setdefault("OMP_NUM_THREADS", str(max(available_cores() // WORKERS, 1)))

BESIDE_THE_REPOSITORY = Path(__file__).parents[1] / "../shared/data"
CASES = Path(__file__).parents[1] / "../shared/cases"


pytest_plugins = "pytester"

# A busy machine is no reason to fail.
slow = [HealthCheck.too_slow]  # counts seconds, too
settings.register_profile("untimed", deadline=None, suppress_health_check=slow)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def session_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the one store of all workers: what they build of the same model, they share."""
    folder = tmp_path_factory.getbasetemp()
    worker = "PYTEST_XDIST_WORKER" in os.environ  # whose folder is one of several in another
    return (folder.parent if worker else folder) / "store"


@pytest.fixture(scope="session")
def nano() -> "Detector":
    """YOLOv5n with seeded weights; not to be changed."""
    from sdvbench.models import load_model

    return load_model("yolov5n")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data, which is no part of the repository; skips where it is absent."""
    folder = Path(os.environ.get("SDVBENCH_DATA") or BESIDE_THE_REPOSITORY)
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; enable with SDVBENCH_DATA=<folder> pytest")
    return folder.resolve()


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder with inputs as people have them, no part of the repository; skips without it."""
    folder = Path(os.environ.get("SDVBENCH_CASES") or CASES)
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}; enable with SDVBENCH_CASES=<folder> pytest")
    return folder.resolve()
