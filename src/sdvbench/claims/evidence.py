"""What a run can tell of cells: times in turn, memory, accuracy, each measured once a session."""

from functools import cached_property
from pathlib import Path
from typing import Protocol

from sdvbench.cells import Cell, Gap
from sdvbench.claims.claim import Build
from sdvbench.claims.ratios import Ratios
from sdvbench.datasets.base import Dataset
from sdvbench.detection.metrics import Metrics
from sdvbench.gate.arms import Arm
from sdvbench.measurement.memory import FreshRun, run_fresh
from sdvbench.workflows.base import Images

FRESH_RUNS = 3  # the same engine's private memory differed by up to 14 % between processes


class RunSettings(Protocol):
    """Of ``sdvbench.pytest_plugin.settings.Settings``, what claims ask for."""

    @property
    def model(self) -> tuple[str, ...]: ...
    @property
    def weights(self) -> Path | None: ...
    @property
    def data(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def imgsz(self) -> int: ...
    @property
    def batch(self) -> tuple[int, ...]: ...


class RunEffort(Protocol):
    @property
    def budget_s(self) -> float: ...


class Run(Protocol):
    """Of ``sdvbench.pytest_plugin.suite.Suite``, what claims ask for."""

    @property
    def settings(self) -> RunSettings: ...
    @property
    def effort(self) -> RunEffort: ...
    @property
    def dataset(self) -> Dataset: ...
    def gap(self, cell: Cell) -> Gap | None: ...
    def speed_gap(self, cell: Cell) -> Gap | None: ...
    def arm(self, cell: Cell) -> Arm: ...
    def timing_images(self, batch: int) -> Images: ...
    def reference_metrics(self, reference: Cell) -> Metrics: ...


class Evidence:
    """Of the first model and batch of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._fresh: dict[Cell, list[FreshRun]] = {}

    @cached_property
    def ratios(self) -> Ratios:
        run = self.run
        return Ratios(run.arm, run.timing_images, run.effort.budget_s)

    def cell(self, build: Build) -> Cell:
        settings = self.run.settings
        return build.cell(settings.model[0], settings.batch[0])

    def gap(self, build: Build, timed: bool = False) -> Gap | None:
        """Why ``build`` cannot be had here, or, ``timed``, why its speed means nothing."""
        cell = self.cell(build)
        return self.run.gap(cell) or (self.run.speed_gap(cell) if timed else None)

    def fresh(self, build: Build) -> list[FreshRun]:
        """Fresh processes that load the engine and run it."""
        cell = self.cell(build)
        if cell not in self._fresh:
            arm = self.run.arm(cell)
            runs = [run_fresh(arm.workflow, arm.artifact, arm.spec) for _ in range(FRESH_RUNS)]
            self._fresh[cell] = runs
        return self._fresh[cell]

    def metrics(self, build: Build) -> Metrics:
        """On the run's data set, which keeps them."""
        return self.run.reference_metrics(self.cell(build))

    @property
    def told(self) -> str:
        """What was measured, for reasons."""
        settings = self.run.settings
        batch = f" in batches of {settings.batch[0]}" if settings.batch[0] > 1 else ""
        return f"{settings.model[0]} at {settings.imgsz} pixels{batch} on {settings.device}"
