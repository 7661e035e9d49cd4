"""A cell that drives in a simulator, as the tests marked ``drive`` ask for it."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from sdvbench import progress
from sdvbench.cells import Cell, Gap
from sdvbench.closed_loop.engine_driver import engine_driver
from sdvbench.closed_loop.loop import CYCLE_S, Trip, drive
from sdvbench.closed_loop.record import (
    Drives,
    arrivals,
    driven,
    growth,
    lane_m,
    mean,
    no_measure,
    path_m,
)
from sdvbench.closed_loop.score import score
from sdvbench.gate.figures import Figure
from sdvbench.session.streaming import Streams, camera_gap
from sdvbench.session.suite import Suite
from sdvbench.simulators import SIMULATORS
from sdvbench.simulators.opening import open_simulator
from sdvbench.tasks import TASKS
from sdvbench.workflows.base import Engine

LAPS = 1.0
DRIVEN: "WeakKeyDictionary[Suite, dict[tuple[Cell, bool], Drives]]" = WeakKeyDictionary()


def drive_gap(suite: Suite, cell: Cell) -> Gap | None:
    """Why the cell's engine cannot drive here."""
    task = suite.task(cell.model)
    if not task.drives:  # then weights would not help
        drivers = ", ".join(name for name in TASKS if TASKS[name].drives)
        missing = f"{cell.model} cannot drive: its task is {suite.given(cell.model).task}, not "
        return Gap(missing + drivers, "--sdv-model pilotnet --sdv-weights embedded")
    if not suite.given(cell.model).trained:
        return Gap(f"{task.figure} needs trained weights", task.enable)
    simulator = SIMULATORS[suite.settings.simulator.partition("?")[0]]
    return simulator.gap() or camera_gap(suite, cell)


@dataclass(frozen=True)
class Course:
    """Where engines of a run drive that are built in a way of their own, as those of claims are."""

    suite: Suite

    def gap(self, cell: Cell) -> Gap | None:
        return drive_gap(self.suite, cell)

    def drives(self, cell: Cell, engine: Engine) -> Drives:
        """All trips of ``engine``, driven anew, with commands as late as its calls take."""
        return Driver(self.suite, cell, engine).drive(late=True)


@dataclass(frozen=True)
class Driver:
    """``engine`` on the run's simulator."""

    suite: Suite
    cell: Cell
    engine: Engine

    @property
    def drives(self) -> Drives:
        """All its trips, and how much worse they are than those of its fp32 reference."""
        reference = self.suite.reference_cell(self.cell)
        return self._driven.against(
            str(reference), growth(self._driven.trips, self._reference.trips)
        )

    def deviation(self) -> Figure:
        """How far from the centre of its lane the engine keeps the car, and how much further than
        its fp32 reference does whose commands are never late.
        """
        suite, drives = self.suite, self.drives
        middle, *ends = mean(drives.trips, "deviation_mean_m")
        arrived = arrivals(drives.trips)
        before = arrivals(self._reference.trips)
        assert drives.growth_m is not None
        more, *bounds = drives.growth_m
        return Figure(
            cell=str(self.cell),
            metric="deviation",
            imgsz=suite.imgsz(self.cell),
            anchor=str(drives.reference),
            weights=suite.weights(self.cell),
            shown={"deviation_m": middle, "arrived": arrived, "growth_m": more},
            limited={"growth_m": more, "arrivals_lost": max(before - arrived, 0.0)},
            intervals={"deviation_m": (ends[0], ends[1]), "growth_m": (bounds[0], bounds[1])},
            disturbed=self._driven.doubt,
            doubt=no_measure(before),
            cause=drives.pace,
        )

    @property
    def _driven(self) -> Drives:
        return self._kept(late=True)

    @property
    def _reference(self) -> Drives:
        """Of the fp32 reference, whose commands are never late."""
        reference = self.suite.reference_cell(self.cell)
        driven_before = (reference, False) in DRIVEN.get(self.suite, {})
        if driven_before or self.suite.is_reference(self.cell):
            return Driver(self.suite, reference, self.engine)._kept(late=False)
        with self.suite.reference_engine(reference) as engine:
            return Driver(self.suite, reference, engine)._kept(late=False)

    def _kept(self, late: bool) -> Drives:
        """Driven once a run. late: by what its calls take, instead of at once."""
        kept = DRIVEN.setdefault(self.suite, {})
        if (self.cell, late) not in kept:
            kept[self.cell, late] = self.drive(late)
        return kept[self.cell, late]

    def drive(self, late: bool) -> Drives:
        """Anew. late: by what its calls take, instead of at once."""
        settings = self.suite.settings
        trips: list[Trip] = []
        task, network = self.suite.task(self.cell.model), self.suite.model(self.cell)
        with open_simulator(settings.simulator) as simulator:  # before anything takes time
            disturbed, services_s = "", np.zeros(1)
            if late:
                film = Streams(self.suite, self.cell, self.engine).filmed(1 / CYCLE_S)
                disturbed, services_s = film.disturbed, film.stream.services_s
            decide = engine_driver(task, network, self.engine, simulator.commands)
            for seed in range(settings.trips):
                progress.tell("driving, trip", seed + 1, settings.trips)
                late_s = settings.slower * services_s
                trips.append(drive(simulator, decide, late_s.tolist(), seed, LAPS))
            scored = [driven(trip, score(trip, simulator.road)) for trip in trips]
            return Drives(
                cell=str(self.cell),
                simulator=simulator.identity,
                slower=settings.slower,
                laps=LAPS,
                cycle_ms=1e3 * CYCLE_S,
                services_ms=np.round(1e3 * services_s, 3).tolist(),
                trips=scored,
                path_m=path_m(trips[0]),
                lane_m=lane_m(simulator.road),
                disturbed=disturbed,
            )
