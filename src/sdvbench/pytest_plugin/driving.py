"""The fixtures of tests in which engines drive."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.realtime import engine_behind_camera

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.gate.figures import Figure
    from sdvbench.session.driving import Driver
    from sdvbench.session.suite import Suite


@pytest.fixture(scope="session")
def cell_driver(cell: "Cell", cell_suite: "Suite", request: pytest.FixtureRequest) -> "Driver":
    """The cell's engine drives once, for all tests that ask."""
    from sdvbench.session.driving import Driver, drive_gap

    engine = engine_behind_camera(request, drive_gap(cell_suite, cell))
    return Driver(cell_suite, cell, engine)


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
