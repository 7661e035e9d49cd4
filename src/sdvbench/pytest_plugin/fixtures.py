"""The fixtures of the suites. Heavy imports wait until a test asks for one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench import progress
from sdvbench.measurement.spinning import stop_idle_spinning
from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.settings import read_settings

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.gate.figures import Figure
    from sdvbench.measurement.interleaved import Interleaved
    from sdvbench.pytest_plugin.bench import Bench
    from sdvbench.pytest_plugin.scores import Scores
    from sdvbench.pytest_plugin.suite import Suite
    from sdvbench.workflows.base import Engine

MEANT = "raise the limit in baselines/thresholds.toml, and say why in the commit"
SUITE: "pytest.StashKey[Suite]" = pytest.StashKey()


def suite_of(config: pytest.Config) -> "Suite":
    """The run's suite, made when it is first asked for."""
    if SUITE not in config.stash:
        stop_idle_spinning()
        from sdvbench.pytest_plugin.suite import Suite

        config.stash[SUITE] = Suite(read_settings(config))
    return config.stash[SUITE]


@pytest.fixture(scope="session")
def sdv_suite(pytestconfig: pytest.Config) -> "Suite":
    """The run: settings, store, data set, baselines (sdvbench.pytest_plugin.suite.Suite)."""
    return suite_of(pytestconfig)


@pytest.fixture(scope="session")
def sdv_display(pytestconfig: pytest.Config) -> Display:
    """Where progress is shown."""
    return Display(pytestconfig)


@pytest.fixture(scope="session")
def cell(request: pytest.FixtureRequest) -> "Cell":
    """The cell of the matrix that the test is about."""
    found: Cell = request.param
    return found


@pytest.fixture(scope="session")
def engine(cell: "Cell", sdv_suite: "Suite", sdv_display: Display) -> "Iterator[Engine]":
    """The cell's engine: from the store, or built; skipped where this machine cannot run it."""
    gap = sdv_suite.gap(cell)
    if gap:
        pytest.skip(str(gap))
    with sdv_display.showing(str(cell)):
        built = sdv_suite.engine(cell)
    with built:
        yield built


@pytest.fixture(scope="session")
def anchor(sdv_suite: "Suite", sdv_display: Display) -> "Iterator[Engine]":
    """One unpruned fp32 engine, the same for the whole run, that every cell is timed against."""
    with sdv_display.showing(f"anchor {sdv_suite.anchor_cell}"):
        built = sdv_suite.anchor()
    with built:
        yield built


@pytest.fixture(scope="session")
def control(sdv_suite: "Suite", sdv_display: Display) -> None:
    """Times two engines that are built as the anchor is: what the run's verdicts are worth.

    The suite keeps the verdict.
    """
    from sdvbench.gate.pairing import settled
    from sdvbench.gate.verdict import Tier, two_sided
    from sdvbench.measurement.latency import interleaved

    @contextmanager
    def load() -> "Iterator[Interleaved]":
        with sdv_suite.anchor() as twin, sdv_suite.anchor() as other:
            yield interleaved((twin, other), sdv_suite.timing_images(twin.spec.batch))

    with sdv_display.showing("control", in_logs=False):
        progress.tell("timing two engines built alike")
        anchor = str(sdv_suite.anchor_cell)
        tolerance = sdv_suite.thresholds.tolerance(Tier.ARTIFACT, "latency", anchor)
        verdict = settled(load, tolerance, sdv_suite.effort.budget_s, "the other")
        sdv_suite.control = two_sided(verdict, tolerance)


@pytest.fixture
def bench(
    cell: "Cell",
    sdv_suite: "Suite",
    sdv_display: Display,
    request: pytest.FixtureRequest,
) -> "Iterator[Bench]":
    """Measures the cell's latency, throughput and memory through pytest-benchmark."""
    from sdvbench.pytest_plugin.bench import Bench

    gap = sdv_suite.gap(cell) or sdv_suite.speed_gap(cell)
    if gap:  # before anything is built
        pytest.skip(str(gap))
    benchmark = request.getfixturevalue("benchmark")  # after the skip: it warns when unused
    if benchmark.disabled:
        pytest.skip("pytest-benchmark is off; to enable: run without --benchmark-disable and -n")
    with sdv_display.showing(str(cell), in_logs=False):
        yield Bench(sdv_suite, cell, benchmark, request.getfixturevalue)


@pytest.fixture(scope="session")
def trained(sdv_suite: "Suite") -> None:
    """Skips where the model has seeded weights, which detect nothing."""
    if not sdv_suite.settings.weights:
        pytest.skip(
            "mAP needs trained weights; to enable: pytest accuracy --sdv-model yolov5n "
            "--sdv-weights yolov5n.pt --sdv-data coco:FOLDER"
        )


@pytest.fixture
def scores(
    cell: "Cell", engine: "Engine", sdv_suite: "Suite", sdv_display: Display
) -> "Iterator[Scores]":
    """Scores the cell's outputs against PyTorch fp32 of the same pruned model."""
    from sdvbench.pytest_plugin.scores import Scores

    with sdv_display.showing(str(cell), in_logs=False):
        yield Scores(sdv_suite, cell, engine)


@pytest.fixture
def gate(request: pytest.FixtureRequest, sdv_suite: "Suite") -> "Callable[[Figure], None]":
    """Passes or fails a figure against what was accepted; tells the verdict to the summary."""

    def check(figure: "Figure") -> None:
        from sdvbench.gate.judge import ACCEPT, judge
        from sdvbench.gate.verdict import Status

        verdict = judge(
            figure,
            sdv_suite.baselines,
            sdv_suite.thresholds,
            sdv_suite.libraries,
            sdv_suite.control,
        )
        record = figure.as_dict() | {
            "status": verdict.status.value,
            "reason": verdict.reason,
            "change": verdict.change,
            "tier": verdict.tier and verdict.tier.value,
        }
        request.node.user_properties.append(("sdvbench", record))
        if "bench" in request.fixturenames:
            request.getfixturevalue("bench").benchmark.extra_info["sdvbench"] |= record
        unclear = verdict.status in (Status.INCONCLUSIVE, Status.UNGATED)
        if verdict.status is Status.FAIL or (unclear and sdv_suite.settings.strict):
            pytest.fail(
                f"{verdict.status} {figure.cell} {figure.metric}: {verdict.reason}.\n"
                f"measured: {_told(figure.shown)}, at image size {figure.setting.imgsz} against "
                f"{figure.setting.anchor}, on {sdv_suite.hardware.summary}.\n"
                f"If the change is meant: {MEANT if figure.limited else ACCEPT}.",
                pytrace=False,
            )

    return check


def _told(shown: Any) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
