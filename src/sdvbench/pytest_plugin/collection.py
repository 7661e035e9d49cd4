"""What the collected tests will need, checked before anything is built."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench.errors import OptionError, SdvbenchError
from sdvbench.metrics import declared
from sdvbench.pytest_plugin.claims import suite_and_model
from sdvbench.pytest_plugin.fixtures import is_ours, suite_of, trained_suite_of
from sdvbench.pytest_plugin.workers import is_worker
from sdvbench.session.settings import Settings

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.metrics.base import Metric
    from sdvbench.session.suite import Suite

REFUSED: "pytest.StashKey[SdvbenchError]" = pytest.StashKey()
TOLD = "sdvbench-refused"  # under which a worker of pytest-xdist tells its master
TOLD_BY_WORKER: pytest.StashKey[str] = pytest.StashKey()
TIMED = {"bench", "anchor", "anchors", "control", "cross_check"}
BUILT = TIMED | {"engine", "scores", "streams", "late_scores", "driver", "check_claim"}


def check_collected(session: pytest.Session) -> None:
    """Ends the run as a wrong option does, with exit code 4, where it could only fail later."""
    config = session.config
    if session.testsfailed:  # pytest ends the run for these
        return
    try:
        if REFUSED in config.stash:
            raise config.stash[REFUSED]
        _check(config, session.items)
    except SdvbenchError as error:
        told = f"sdvbench: {error}"
        if not is_worker(config):
            raise pytest.UsageError(told) from error
        # A UsageError would end the worker without a word.
        session.items.clear()
        config.workeroutput[TOLD] = told  # type: ignore[attr-defined]


def _check(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Cheap checks first. A listing (--collect-only) opens neither data nor weights."""
    ours = {item: names for item in items if (names := our_fixtures(item))}
    if not ours:
        return
    suite = suite_of(config)
    folder = suite.settings.baselines
    if folder != config.rootpath / Settings.baselines and not folder.is_dir():
        problem = "there is no such folder"
        remedy = "Create it, or name another; a relative one starts at the current folder"
        if suite.settings.in_file("baselines"):
            remedy = "Create it, or name another; a relative one starts at the folder of that file"
        raise OptionError(suite.settings.named("baselines"), problem, remedy)
    gated = [item for item, names in ours.items() if "gate" in names]
    _check_thresholds(suite, gated)
    if config.option.collectonly:
        return
    if any(names & BUILT for names in ours.values()):
        suite.check_here()
    if gated:
        _ = suite.baselines
    if any(names & TIMED for names in ours.values()):
        _ = suite.anchor_cell
    if any("late_scores" in names for names in ours.values()):
        from sdvbench.session.streaming import opened_sequence

        opened_sequence(suite.settings.sequence)
    for item in ours:
        for of, cell in _cells(config, item):
            if not of.gap(cell):  # else it is skipped, with what is missing
                _check_inputs(of, cell, _metrics(item))


def _check_thresholds(suite: "Suite", gated: Iterable[pytest.Item]) -> None:
    """A limit for each figure that a test's own code names."""
    for item in gated:
        for metric in _metrics(item):
            if metric.limited and (cell := _parameter(item, "cell")):
                suite.thresholds.limits(metric.id, cell.precision, list(metric.limited))
    _ = suite.thresholds


def _check_inputs(suite: "Suite", cell: "Cell", metrics: "list[Metric]") -> None:
    """The data and the weights that the cell's engine is built and scored with."""
    if suite.calls(cell.model).takes_images:
        calibration = suite.calibration  # which opens the run's data set too
        if any(metric.two_images for metric in metrics):
            calibration.check_pair()
    class_names = suite.check_weights(cell.model, cell.pruning)
    scored = any(metric.scores for metric in metrics)
    if class_names and scored and suite.dataset.labelled_for("detection"):
        from sdvbench.tasks.detection.classes import class_map

        class_map(suite.dataset, len(class_names), class_names)


def _cells(config: pytest.Config, item: pytest.Item) -> "Iterator[tuple[Suite, Cell]]":
    """What the test will have built, as far as its parameters tell, each with its suite."""
    suite = suite_of(config)
    if cell := _parameter(item, "cell"):
        yield suite_with(config, cell), cell
    if claim := _parameter(item, "claim"):
        suite, model = suite_and_model(config, claim)
        for build in chain.from_iterable(claim.pairs):
            yield suite, build.cell(model, suite.settings.batch[0])


def suite_with(config: pytest.Config, cell: "Cell") -> "Suite":
    """The suite that ``cell`` belongs to: the run's, or that of the embedded models."""
    suite = suite_of(config)
    return suite if cell.model in suite.settings.model else trained_suite_of(config)


def skip_of_another_task(item: pytest.Item) -> None:
    """Skips where the test asks for a figure that networks of the cell's task do not have."""
    cell = _parameter(item, "cell")
    if cell is None:  # of other people's tests, for which nothing is loaded
        return
    metrics = [metric for metric in _metrics(item) if metric.scores]
    if not metrics:
        return
    suite = suite_with(item.config, cell)
    task = suite.given(cell.model).task
    if suite.task(cell.model).scored and all(metric.task != task for metric in metrics):
        other = f"{metrics[0].title} is a figure of {metrics[0].task}"
        enable = f"--sdv-model with a network for {metrics[0].task}"
        pytest.skip(f"{other}, and {cell.model} is a network for {task}; to enable: {enable}")


def our_fixtures(item: pytest.Item) -> set[str]:
    """The fixtures of this plugin that it takes, by name."""
    found = getattr(item, "_fixtureinfo", None)
    defined: dict[str, Any] = found.name2fixturedefs if found else {}
    return {name for name, definitions in defined.items() if is_ours(definitions)}


def _parameter(item: pytest.Item, name: str) -> Any:
    """The value of one of its parameters, None where it has no such one; only this plugin's."""
    call = getattr(item, "callspec", None)
    found = call.params.get(name) if call else None
    return found if type(found).__module__.startswith("sdvbench.") else None


def _metrics(item: pytest.Item) -> "list[Metric]":
    """Those that it asks for: by its parameter, or by a name that the code of its function uses,
    such as "map_drop" in scores.map_drop().
    """
    code = getattr(getattr(item, "function", None), "__code__", None)
    named = set(code.co_names) if code else set()
    asked = (_parameter(item, "outside_metric"), _parameter(item, "task_metric"))
    return [m for m in declared().values() if m.id in named or m in asked]
