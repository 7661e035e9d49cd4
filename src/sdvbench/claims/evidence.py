"""What a run can tell of cells: times in turn, memory, accuracy, each measured once a session."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, cast

from sdvbench.cells import Cell, Gap
from sdvbench.claims.claim import Build, Claim
from sdvbench.claims.ratios import Ratios, Timed
from sdvbench.closed_loop.record import Drives
from sdvbench.datasets.base import Dataset
from sdvbench.gate.arms import Arm
from sdvbench.measurement.memory import FreshRun, run_fresh
from sdvbench.metrics import named
from sdvbench.store import Artifact
from sdvbench.tasks.base import Scored, Task
from sdvbench.tasks.detection.bootstrap import map_drop_interval
from sdvbench.tasks.detection.metrics import Metrics
from sdvbench.tensors import Calls
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Engine, EngineSpec, Workflow

FRESH_RUNS = 3  # the same engine's private memory differed by up to 14 % between processes


class RunSettings(Protocol):
    """Of ``sdvbench.session.settings.Settings``, what claims ask for."""

    @property
    def model(self) -> tuple[str, ...]: ...
    @property
    def weights(self) -> Path | None: ...
    @property
    def data(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def batch(self) -> tuple[int, ...]: ...


class RunEffort(Protocol):
    @property
    def budget_s(self) -> float: ...


class RunCalls(Protocol):
    def timing(self, batch: int) -> Calls: ...


class Declared(Protocol):
    @property
    def task(self) -> str: ...


class Given(Protocol):
    @property
    def trained(self) -> bool: ...


class Session(Protocol):
    """Of ``sdvbench.session.suite.Suite``, what claims ask for."""

    @property
    def settings(self) -> RunSettings: ...
    @property
    def effort(self) -> RunEffort: ...
    @property
    def dataset(self) -> Dataset: ...
    @property
    def data(self) -> str: ...
    def given(self, model: str) -> Given: ...
    def network(self, model: str) -> Declared: ...
    def task(self, model: str) -> Task: ...
    def imgsz(self, cell: Cell) -> int | str: ...
    def calls(self, model: str) -> RunCalls: ...
    def gap(self, cell: Cell) -> Gap | None: ...
    def speed_gap(self, cell: Cell) -> Gap | None: ...
    def spec(self, cell: Cell) -> EngineSpec: ...
    def artifact(self, cell: Cell, spec: EngineSpec | None = None) -> Artifact: ...
    def metrics(self, cell: Cell, engine: Engine) -> Scored: ...
    def reference_metrics(self, reference: Cell) -> Scored: ...


class Course(Protocol):
    """Of ``sdvbench.session.driving.Course``, what claims ask for."""

    def gap(self, cell: Cell) -> Gap | None: ...
    def drives(self, cell: Cell, engine: Engine) -> Drives: ...


class Evidence:
    """Of one of a run's models, and the first of its batches. course: where its engines drive."""

    def __init__(self, run: Session, model: str, course: Course) -> None:
        self.run, self.model, self._course = run, model, course
        self._drives: dict[Build, Drives] = {}
        self._fresh: dict[Build, list[FreshRun]] = {}
        self._metrics: dict[Build, Scored] = {}
        self._intervals: dict[tuple[Build, Build, str], tuple[float, float]] = {}
        self._timed: dict[Cell, Build] = {}

    @cached_property
    def _ratios(self) -> Ratios:
        run = self.run
        timing = run.calls(self.model).timing
        return Ratios(lambda cell: self.arm(self._timed[cell]), timing, run.effort.budget_s)

    def timed(self, fast: Build, slow: Build, metric: str, limit: float) -> Timed:
        """As ``Ratios.timed``."""
        cells = self.cell(fast), self.cell(slow)
        self._timed.update(zip(cells, (fast, slow), strict=True))
        return self._ratios.timed(*cells, metric, limit)

    def cell(self, build: Build) -> Cell:
        return build.cell(self.model, self.run.settings.batch[0])

    def gap(self, build: Build, timed: bool = False) -> Gap | None:
        """Why ``build`` cannot be had here, or, ``timed``, why its speed means nothing."""
        cell = self.cell(build)
        return self.run.gap(cell) or (self.run.speed_gap(cell) if timed else None)

    def arm(self, build: Build) -> Arm:
        """The engine by the paper's options, over those of the run."""
        artifact, spec = self._built(build)
        return Arm(build.workflow, artifact.folder, spec)

    def file_bytes(self, build: Build) -> int:
        """What the engine takes on disk."""
        workflow: Workflow = WORKFLOWS[build.workflow]()
        return workflow.engine_bytes(self._built(build)[0])

    def _built(self, build: Build) -> tuple[Artifact, EngineSpec]:
        cell = self.cell(build)
        spec = self.run.spec(cell)
        spec = replace(spec, options={**spec.options, **dict(build.options)})
        return self.run.artifact(cell, spec), spec

    def fresh(self, build: Build) -> list[FreshRun]:
        """Fresh processes that load the engine and run it."""
        if build not in self._fresh:
            arm = self.arm(build)
            runs = [run_fresh(arm.workflow, arm.artifact, arm.spec) for _ in range(FRESH_RUNS)]
            self._fresh[build] = runs
        return self._fresh[build]

    def metrics(self, build: Build) -> Metrics:
        """A detector's, on the run's data set."""
        return cast(Metrics, self._scored(build))

    def _scored(self, build: Build) -> Scored:
        """The run keeps those of engines that are built as its own are."""
        if not build.options:
            return self.run.reference_metrics(self.cell(build))
        if build not in self._metrics:
            with self.arm(build).load() as engine:
                self._metrics[build] = self.run.metrics(self.cell(build), engine)
        return self._metrics[build]

    def score_gap(self, metric: str) -> Gap | None:
        """Why ``metric`` says nothing in this run."""
        run, known = self.run, named(metric)
        wanted, own, figure = known.task, run.network(self.model).task, run.task(self.model).figure
        if own != wanted:
            missing = f"{known.title} is a figure of {wanted}, and {self.model} is for {own}"
            return Gap(missing, f"--sdv-model with a network for {wanted}")
        if not run.given(self.model).trained:
            return Gap(f"{figure} needs trained weights", run.task(self.model).enable)
        if not run.dataset.labelled_for(wanted):
            missing = f"{figure} needs labels for {wanted}, and {run.data} has none"
            return Gap(missing, f"--sdv-data with images labelled for {wanted}")
        return None

    def growth(self, build: Build, reference: Build, metric: str) -> tuple[float, float, float]:
        """By which share ``metric`` is larger than the reference's, with the interval at 95 %."""
        known, found = named(metric), [self._scored(one) for one in (reference, build)]
        scores: Any = known.scores
        value = known.lost(*map(scores.value, found))
        return (value, *scores.loss_interval(*found, len(self.run.dataset.classes)))

    def drive_gap(self, build: Build) -> Gap | None:
        """Why ``build`` cannot drive here."""
        return self._course.gap(self.cell(build))

    def drives(self, build: Build) -> Drives:
        """Its trips, with commands as late as its calls take."""
        if build not in self._drives:
            with self.arm(build).load() as engine:
                self._drives[build] = self._course.drives(self.cell(build), engine)
        return self._drives[build]

    def drop_interval(self, worse: Build, reference: Build, score: str) -> tuple[float, float]:
        """The interval at 95 % of what ``worse`` loses of ``score`` against ``reference``."""
        key = worse, reference, score
        if key not in self._intervals:
            before, after = self.metrics(reference), self.metrics(worse)
            classes = len(self.run.dataset.classes)
            self._intervals[key] = map_drop_interval(before, after, classes, score=score)
        return self._intervals[key]

    def told(self, claim: Claim) -> str:
        """What was measured, for reasons, with the options that are the paper's."""
        settings = self.run.settings
        batch = f" in batches of {settings.batch[0]}" if settings.batch[0] > 1 else ""
        imgsz = self.run.imgsz(self.cell(claim.pairs[0][0]))
        where = f"{self.model} at {imgsz} pixels{batch} on {settings.device}"
        return ", ".join([where, *dict.fromkeys(_recipes(claim))])


def _recipes(claim: Claim) -> Iterator[str]:
    """ "W1-int8 with quantization=paper" """
    for build in chain.from_iterable(claim.pairs):
        if build.options:
            options = " and ".join(f"{name}={value}" for name, value in build.options)
            yield f"{build.workflow}-{build.precision} with {options}"
