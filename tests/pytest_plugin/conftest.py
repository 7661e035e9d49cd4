"""A copy of the suites in a folder of their own, at a size that takes seconds."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pytest_plugin.forks import Forks

ROOT = Path(__file__).parents[2]
SMALL = ("--sdv-quick", "--sdv-model=yolov5n", "--sdv-imgsz=64", "-p", "no:cacheprovider")
CELL = "yolov5n-orig-W1-fp32-b1"
MADE_UP = Path(__file__).with_name("made_up_machine.py")


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture
def pytester(pytester, forks, monkeypatch):
    """Its ``runpytest_subprocess`` starts processes that have imported torch already."""
    # A worker of pytest-xdist tells its children so, and pytest-benchmark would then be off.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr(pytester, "popen", forks.popen)
    return pytester


@pytest.fixture(scope="session")
def small_store(session_store):
    """The session's store, which holds the engines that the tests ask for."""
    from sdvbench.cells import Cell
    from sdvbench.session.settings import Settings
    from sdvbench.session.suite import Suite

    suite = Suite(Settings(model=("yolov5n",), imgsz=64, store=session_store, quick=True))
    for cell in (CELL, "yolov5n-orig-W1-int8-b1", "yolov5n-orig-Wd-fp32-b1"):
        suite.artifact(Cell.parse(cell))
    return session_store


@pytest.fixture
def suites(pytester, small_store):
    """Runs pytest over a copy of perf/ and accuracy/, in a process of its own as users do."""
    for name in ("perf", "accuracy"):
        shutil.copytree(ROOT / name, pytester.path / name)
    for name in ("pytest.ini", "conftest.py"):
        shutil.copy(ROOT / name, pytester.path / name)
    # Neighbours are other tests; what is asserted of verdicts hangs on no timing.
    shutil.copy(MADE_UP, pytester.path / "perf" / "conftest.py")
    (pytester.path / "baselines").mkdir()

    def run(*arguments):
        others = any(str(one).startswith("--sdv-model") for one in arguments)  # models add up
        small = [one for one in SMALL if not (others and one.startswith("--sdv-model"))]
        return pytester.runpytest_subprocess(*small, f"--sdv-store={small_store}", *arguments)

    run.path = pytester.path
    return run


@pytest.fixture
def accept(suites):
    """Writes an accepted figure of CELL for this machine; no timing decides the verdict then."""
    from sdvbench.gate.baselines import Accepted, Baselines
    from sdvbench.gate.stats import Estimate
    from sdvbench.measurement.hardware import hardware, library_versions

    def write(metric, cost, imgsz=64, artifact=""):
        baselines = Baselines(suites.path / "baselines", hardware().name)
        entry = Accepted(
            cost=Estimate(cost, cost, cost),
            imgsz=imgsz,
            anchor=CELL,
            weights="seeded",
            artifact=artifact,
            date="2026-01-02",
            commit="abc123",
            libraries=library_versions(),
            shown={"median_ms": 1.0},
        )
        baselines.accept(CELL, metric, entry)
        baselines.write()
        return baselines.file

    return write


def sdvbench_records(file):
    """What the benchmark JSON holds of sdvbench, a record a benchmark."""
    return [b["extra_info"]["sdvbench"] for b in json.loads(file.read_text())["benchmarks"]]
