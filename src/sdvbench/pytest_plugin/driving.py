"""The fixtures of tests in which engines drive."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.workers import SPOILT, is_worker
from sdvbench.simulators import SIMULATORS
from sdvbench.tasks import TASKS

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.gate.figures import Figure
    from sdvbench.session.driving import Driver
    from sdvbench.session.suite import Suite


@pytest.fixture(scope="session")
def cell_driver(cell: "Cell", cell_suite: "Suite", request: pytest.FixtureRequest) -> "Driver":
    """The cell's engine drives once, for all tests that ask."""
    from sdvbench.session.driving import Driver

    if is_worker(request.config):  # calls are recorded first
        pytest.skip(SPOILT)
    if not cell_suite.task(cell.model).drives:
        task = cell_suite.given(cell.model).task
        drivers = ", ".join(name for name in TASKS if TASKS[name].drives)
        pytest.skip(
            f"{cell.model} cannot drive: its task is {task}, not {drivers}; to enable: "
            "--sdv-model pilotnet --sdv-weights embedded"
        )
    request.getfixturevalue("trained")  # where it cannot drive, weights would not help
    simulator = SIMULATORS[cell_suite.settings.simulator.partition("?")[0]]
    gap = simulator.gap() or cell_suite.gap(cell) or cell_suite.speed_gap(cell)
    if gap:  # before anything is built
        pytest.skip(str(gap))
    if cell.batch != 1:
        pytest.skip("a camera gives one image at a time; to enable: --sdv-batch 1")
    return Driver(cell_suite, cell, request.getfixturevalue("engine"))


@pytest.fixture
def driver(cell: "Cell", cell_driver: "Driver", sdv_display: Display) -> "Iterator[Driver]":
    """Drives a simulated car with the cell's engine (sdvbench.session.driving.Driver)."""
    with sdv_display.showing(str(cell), in_logs=False):
        yield cell_driver


@pytest.fixture
def gate_drives(
    request: pytest.FixtureRequest, gate: "Callable[[Figure], None]"
) -> "Callable[[Driver], None]":
    """Reports what was driven to the summary, and passes or fails the deviation from the lane."""

    def check(driver: "Driver") -> None:
        from sdvbench.closed_loop.record import KIND
        from sdvbench.typed_json import written

        request.node.user_properties.append((KIND, written(driver.drives)))
        gate(driver.deviation())

    return check
