"""The fixtures of tests that take real time."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sdvbench import progress
from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.workers import SPOILT, is_worker

if TYPE_CHECKING:
    from sdvbench.cells import Cell, Gap
    from sdvbench.measurement.loadgen import CrossCheck
    from sdvbench.realtime.record import Record
    from sdvbench.session.streaming import Streams
    from sdvbench.session.suite import Suite
    from sdvbench.workflows.base import Engine


def one_a_rate(metafunc: pytest.Metafunc, suite: "Suite") -> None:
    """One test for each of the camera's rates, where it asks for one."""
    if "rate_hz" in metafunc.fixturenames:
        rates = suite.settings.rate
        metafunc.parametrize("rate_hz", rates, ids=[f"{rate:g}Hz" for rate in rates], indirect=True)


@pytest.fixture
def rate_hz(request: pytest.FixtureRequest) -> float:
    """The camera's rate that the test is about."""
    rate: float = request.param
    return rate


@pytest.fixture(scope="session")
def cell_streams(cell: "Cell", cell_suite: "Suite", request: pytest.FixtureRequest) -> "Streams":
    """What is recorded of a cell is recorded once, for all rates."""
    from sdvbench.session.streaming import Streams, camera_gap

    engine = engine_behind_camera(request, camera_gap(cell_suite, cell))
    return Streams(cell_suite, cell, engine)


def engine_behind_camera(request: pytest.FixtureRequest, gap: "Gap | None") -> "Engine":
    """The cell's engine, whose calls are recorded in real time. gap: why they cannot be: it skips
    before anything is built.
    """
    if is_worker(request.config):
        pytest.skip(SPOILT)
    if gap:
        pytest.skip(str(gap))
    engine: Engine = request.getfixturevalue("engine")
    return engine


@pytest.fixture
def streams(cell: "Cell", cell_streams: "Streams", sdv_display: Display) -> "Iterator[Streams]":
    """Puts the cell's engine behind a camera (sdvbench.session.streaming.Streams)."""
    with sdv_display.showing(str(cell), in_logs=False):
        yield cell_streams


@pytest.fixture(scope="session")
def streamed(cell: "Cell", cell_suite: "Suite") -> None:
    """Skips where the network's task has no score of results that come late."""
    from sdvbench.tasks import TASKS

    if not cell_suite.task(cell.model).streamed:
        task = cell_suite.network(cell.model).task
        pytest.skip(
            f"results of {cell.model}, whose task is {task}, have no score when they come late; "
            f"to enable: a model of {', '.join(n for n in TASKS if TASKS[n].streamed)}"
        )


@pytest.fixture
def late_scores(trained: None, streamed: None, streams: "Streams") -> "Streams":
    """``streams`` of a model that has learnt something: its results can be scored."""
    return streams


@pytest.fixture
def gate_deadlines(
    request: pytest.FixtureRequest, sdv_suite: "Suite"
) -> "Callable[[Record], None]":
    """Tells a record of a camera to the summary; fails it where more frames missed their deadline
    than may. What was replayed, and not filmed, is told without a verdict."""

    def check(record: "Record") -> None:
        from msgspec.structs import replace

        from sdvbench.gate.deadline import judge_misses
        from sdvbench.gate.verdict import Status
        from sdvbench.realtime.record import KIND
        from sdvbench.typed_json import written

        if record.replayed_from_hz is not None:
            request.node.user_properties.append((KIND, written(record)))
            return
        settings = sdv_suite.settings
        verdict = judge_misses(record.misses, record.frames, settings.misses)
        told = replace(record, status=verdict.status, reason=verdict.reason)
        request.node.user_properties.append((KIND, written(told)))
        failed = verdict.status is Status.FAIL
        if failed or (verdict.status is not Status.PASS and settings.strict):
            shown = ", ".join(f"{name} {ms:.4g}" for name, ms in record.latency_ms.items())
            pytest.fail(
                f"{verdict.status} {record.cell} at {record.rate_hz:g} Hz: {verdict.reason}."
                f"\nlatency in ms: {shown}; {record.disturbed or 'nobody else was busy'}.",
                pytrace=False,
            )

    return check


@pytest.fixture(scope="session")
def cross_check(
    request: pytest.FixtureRequest,
    sdv_suite: "Suite",
    sdv_display: Display,
    tmp_path_factory: pytest.TempPathFactory,
) -> "CrossCheck":
    """Percentiles of the anchor's latency by MLPerf's LoadGen and by sdvbench, in turn.

    On one thread where it can: more would sleep between LoadGen's calls, and to wake them took
    1.4 % of one of 7 ms; and neighbours keep a core.
    """
    from sdvbench.measurement.loadgen import cross_check

    if is_worker(request.config):
        pytest.skip(SPOILT)
    pytest.importorskip(
        "mlperf_loadgen",
        reason="MLPerf's LoadGen is not installed; to enable: pip install mlcommons-loadgen",
    )
    with (
        sdv_display.showing("LoadGen", in_logs=False),
        sdv_suite.anchor_arm(threads=1).load() as one,
    ):
        progress.tell("timing the anchor in turn with sdvbench")
        images = sdv_suite.calls(sdv_suite.anchor_cell.model).timing(one.spec.batch)
        return cross_check(one, images, tmp_path_factory.mktemp("loadgen"))
