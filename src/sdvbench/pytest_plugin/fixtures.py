"""The fixtures of the suites. Heavy imports wait until a test asks for one."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench import progress
from sdvbench.measurement.spinning import stop_idle_spinning
from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.options import settings_of

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.gate.figures import Figure
    from sdvbench.gate.verdict import Verdict
    from sdvbench.session.measuring import Bench
    from sdvbench.session.scoring import Scores
    from sdvbench.session.suite import Suite
    from sdvbench.workflows.base import Engine

SUITE: "pytest.StashKey[Suite]" = pytest.StashKey()
TRAINED: "pytest.StashKey[Suite]" = pytest.StashKey()


def is_ours(definitions: Sequence[pytest.FixtureDef[Any]]) -> bool:
    """Whether the fixture that they define, where the last one rules, is this plugin's."""
    return any(each.func.__module__.startswith(str(__package__)) for each in definitions[-1:])


def suite_of(config: pytest.Config) -> "Suite":
    """The run's suite, made when it is first asked for."""
    if SUITE not in config.stash:
        stop_idle_spinning()
        from sdvbench.session.suite import Suite

        config.stash[SUITE] = Suite(settings_of(config))
    return config.stash[SUITE]


def trained_suite_of(config: pytest.Config) -> "Suite":
    """The run's suite, or, where it was told no model, that of the embedded ones."""
    if TRAINED not in config.stash:
        suite, settings = suite_of(config), settings_of(config, trained=True)
        same = settings == suite.settings
        config.stash[TRAINED] = suite if same else type(suite)(settings)
    return config.stash[TRAINED]


@pytest.fixture(scope="session")
def sdv_suite(pytestconfig: pytest.Config) -> "Suite":
    """The run: settings, store, data set, baselines (sdvbench.session.suite.Suite)."""
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
def cell_suite(cell: "Cell", pytestconfig: pytest.Config) -> "Suite":
    """The suite that the cell belongs to: the run's, or that of the embedded models."""
    suite, trained = suite_of(pytestconfig), trained_suite_of(pytestconfig)
    return suite if cell.model in suite.settings.model else trained


@pytest.fixture(scope="session")
def engine(cell: "Cell", cell_suite: "Suite", sdv_display: Display) -> "Iterator[Engine]":
    """The cell's engine: from the store, or built; skipped where this machine cannot run it."""
    gap = cell_suite.gap(cell)
    if gap:
        pytest.skip(str(gap))
    with sdv_display.showing(str(cell)):
        built = cell_suite.engine(cell)
    with built:
        yield built


@pytest.fixture(scope="session")
def anchors(sdv_suite: "Suite", sdv_display: Display) -> "Iterator[Callable[[Cell], Engine]]":
    """Loads an anchor: an unpruned fp32 engine, the same for the whole run, that every cell of its
    model is timed against. Models come one after another, so only the last one's stays loaded."""
    from contextlib import ExitStack
    from functools import lru_cache

    with ExitStack() as loaded:

        @lru_cache(maxsize=1)
        def load(cell: "Cell") -> "Engine":
            loaded.close()
            with sdv_display.showing(f"anchor {cell}"):
                return loaded.enter_context(sdv_suite.anchor_arm(cell).load())

        yield load


@pytest.fixture(scope="session")
def anchor(sdv_suite: "Suite", sdv_display: Display) -> "Iterator[Engine]":
    """The run's first anchor, loaded for tests that ask for it by this name."""
    with sdv_display.showing(f"anchor {sdv_suite.anchor_cell}"):
        built = sdv_suite.anchor_arm().load()
    with built:
        yield built


@pytest.fixture(scope="session")
def control(sdv_suite: "Suite", sdv_display: Display) -> None:
    """Times two engines that are built as the anchor is: what the run's verdicts are worth.

    The suite keeps the verdict.
    """
    from sdvbench.gate.pairing import loader, settled
    from sdvbench.gate.verdict import Tier, two_sided

    with sdv_display.showing("control", in_logs=False):
        progress.tell("timing two engines built alike")
        cell, arm = str(sdv_suite.anchor_cell), sdv_suite.anchor_arm()
        tolerance = sdv_suite.thresholds.tolerance(Tier.ARTIFACT, "latency", cell)
        twins = loader(
            arm, arm, sdv_suite.calls(sdv_suite.anchor_cell.model).timing(arm.spec.batch)
        )
        verdict = settled(twins, tolerance, sdv_suite.effort.budget_s, "the other")
        sdv_suite.control = two_sided(verdict, tolerance)


@pytest.fixture
def bench(
    cell: "Cell",
    sdv_suite: "Suite",
    cell_suite: "Suite",
    sdv_display: Display,
    request: pytest.FixtureRequest,
) -> "Iterator[Bench]":
    """Measures the cell's latency, throughput and memory through pytest-benchmark."""
    from sdvbench.session.measuring import Bench

    if cell_suite is not sdv_suite:  # whose anchor is another model
        pytest.skip(f"nobody asked how fast this is; to enable: --sdv-model {cell.model}")
    gap = sdv_suite.gap(cell) or sdv_suite.speed_gap(cell) or sdv_suite.anchor_gap(cell.model)
    if gap:  # before anything is built
        pytest.skip(str(gap))
    benchmark = request.getfixturevalue("benchmark")  # after the skip: it warns when unused
    if benchmark.disabled:
        pytest.skip("pytest-benchmark is off; to enable: run without --benchmark-disable and -n")
    with sdv_display.showing(str(cell), in_logs=False):
        yield Bench(sdv_suite, cell, benchmark, request.getfixturevalue)


@pytest.fixture(scope="session")
def trained(cell: "Cell", cell_suite: "Suite") -> None:
    """Skips where the model has seeded weights, which detect nothing."""
    task = cell_suite.task(cell.model)
    if not task.scored:
        return  # ``labelled`` says why
    if not cell_suite.given(cell.model).trained:
        pytest.skip(f"{task.figure} needs trained weights; to enable: {task.enable}")


@pytest.fixture(scope="session")
def labelled(cell: "Cell", cell_suite: "Suite") -> None:
    """Skips where nothing says how right the outputs are: the data set has no labels for the
    network's task, and therefore serves for speed and agreement only, or the task has no score.
    """
    task = cell_suite.task(cell.model)
    if not task.scored:
        pytest.skip(
            f"what {cell.model} puts out is not known, so that it has no score; to enable: "
            f"--sdv-model '{cell.model}=FILE?task=detection&layout=...', where it is a detector"
        )
    data, wanted = cell_suite.dataset, cell_suite.given(cell.model).task
    if not data.labelled_for(wanted):
        has = f"those for {data.task}" if data.labelled else "none"
        pytest.skip(
            f"{task.figure} needs labels for {wanted}, and {cell_suite.data} has {has}; "
            f"to enable: --sdv-data with images labelled for {wanted}"
        )


@pytest.fixture(scope="session")
def recovered(trained: None, cell_suite: "Suite") -> None:
    """Skips where models are pruned here and not trained since: they have lost what they knew."""
    weights = cell_suite.settings.weights
    if weights and not weights.is_dir():
        pytest.skip(
            f"{weights} holds no model that was recovered after pruning; to enable: train them "
            "(sdvbench recover), and give the folder of all with --sdv-weights FOLDER"
        )


@pytest.fixture(scope="session")
def cell_scores(cell: "Cell", cell_suite: "Suite", engine: "Engine") -> "Scores":
    """Each of the cell's scores is made once, for all tests that ask for it."""
    from sdvbench.session.scoring import Scores

    return Scores(cell_suite, cell, engine)


@pytest.fixture
def scores(cell: "Cell", cell_scores: "Scores", sdv_display: Display) -> "Iterator[Scores]":
    """Scores the cell's outputs against PyTorch fp32 of the same pruned model, and the unpruned."""
    with sdv_display.showing(str(cell), in_logs=False):
        yield cell_scores


@pytest.fixture
def gate(request: pytest.FixtureRequest, sdv_suite: "Suite") -> "Callable[[Figure], None]":
    """Passes or fails a figure against what was accepted; tells the verdict to the summary."""

    def check(figure: "Figure") -> None:
        from sdvbench.cells import Cell
        from sdvbench.gate.confirmation import confirmed
        from sdvbench.gate.judge import ACCEPT, judge, same_weights
        from sdvbench.gate.verdict import Status, Tier
        from sdvbench.session.sizes import size_of
        from sdvbench.typed_json import written

        suite = sdv_suite

        def judged(figure: "Figure") -> "Verdict":
            return judge(figure, suite.baselines, suite.thresholds, suite.libraries, suite.control)

        verdict = judged(figure)
        if verdict.tier is Tier.ANCHOR:
            bench = request.getfixturevalue("bench")
            verdict = confirmed(verdict, lambda: judged(bench.afresh(figure)))
        cell = Cell.parse(figure.cell)
        own = suite if cell.model in suite.settings.model else trained_suite_of(request.config)
        size = size_of(own, cell, figure.artifact)
        record = written(figure.judged(verdict, size, own.given(cell.model).task))
        request.node.user_properties.append(("sdvbench", record))
        if "bench" in request.fixturenames:
            request.getfixturevalue("bench").benchmark.extra_info["sdvbench"] |= record
        failed = verdict.status is Status.FAIL
        if failed or (verdict.status is not Status.PASS and suite.settings.strict):
            changed = f"change the limit in {suite.thresholds.file}, and say why in the commit"
            meant = changed if verdict.tier is Tier.LIMIT else ACCEPT
            if verdict.tier is Tier.ARTIFACT and not same_weights(figure, suite.baselines):
                meant += ", with --replace"
            meant = f"\nIf the change is meant: {meant}."
            at = f", at image size {figure.imgsz}" if figure.imgsz else ""
            pytest.fail(
                f"{verdict.status} {figure.cell} {figure.metric}: {verdict.reason}.\n"
                f"measured: {_told(figure.shown)}{at} against "
                f"{figure.anchor}, on {suite.hardware.summary}.{meant if failed else ''}",
                pytrace=False,
            )

    return check


def _told(shown: Any) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
