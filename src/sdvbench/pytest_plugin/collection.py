"""What the collected tests will need, checked before anything is built."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench.errors import DatasetError, OptionError, SdvbenchError
from sdvbench.pytest_plugin.fixtures import is_ours, suite_of, trained_suite_of
from sdvbench.pytest_plugin.settings import Settings
from sdvbench.pytest_plugin.workers import is_worker

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.pytest_plugin.suite import Suite

REFUSED: "pytest.StashKey[SdvbenchError]" = pytest.StashKey()
TOLD = "sdvbench-refused"  # under which a worker of pytest-xdist tells its master
TOLD_BY_WORKER: pytest.StashKey[str] = pytest.StashKey()
TIMED = {"bench", "anchor", "control", "cross_check"}
BUILT = {"bench", "engine", "scores", "streams", "late_scores", "anchor", "cross_check"}
SCORED = {"map_drop", "pruning_drop"}


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
        raise OptionError(f"--sdv-baselines {folder}", problem, "Create it, or name another")
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
    for item, names in ours.items():
        if "late_scores" in names:
            from sdvbench.pytest_plugin.streams import opened_sequence

            opened_sequence(suite.settings.sequence)
        if names & BUILT:
            _check_inputs(config, item)


def _check_thresholds(suite: "Suite", gated: Iterable[pytest.Item]) -> None:
    """A limit for each figure that a test's own code names."""
    from sdvbench.gate.thresholds import LIMITS

    for item in gated:
        for metric in _named(item) & LIMITS.keys():
            if cell := _cell(item):
                suite.thresholds.limits(metric, cell.precision, list(LIMITS[metric]))
    _ = suite.thresholds


def _check_inputs(config: pytest.Config, item: pytest.Item) -> None:
    """The data and the weights that ``item``'s engine is built and scored with."""
    cell, suite = _cell(item), suite_of(config)
    if cell and cell.model not in suite.settings.model:
        suite = trained_suite_of(config)
    if cell and suite.gap(cell):  # it is skipped, with what is missing
        return
    data = f"--sdv-data {suite.settings.data}"
    if "agreement" in _named(item) and len(suite.dataset) < 2:
        raise DatasetError(data, "has one image only", "Give two or more")
    _ = suite.dataset
    if cell is None:
        return
    names = suite.check_weights(cell)
    if names and _named(item) & SCORED:
        from sdvbench.detection.classes import class_map

        class_map(suite.dataset, len(names), names)


def our_fixtures(item: pytest.Item) -> set[str]:
    """The fixtures of this plugin that it takes, by name."""
    found = getattr(item, "_fixtureinfo", None)
    defined: dict[str, Any] = found.name2fixturedefs if found else {}
    return {name for name, definitions in defined.items() if is_ours(definitions)}


def _cell(item: pytest.Item) -> "Cell | None":
    call = getattr(item, "callspec", None)
    cell: Cell | None = call and call.params.get("cell")
    return cell


def _named(item: pytest.Item) -> set[str]:
    """The names that the code of its function uses, such as "map_drop" in scores.map_drop()."""
    code = getattr(getattr(item, "function", None), "__code__", None)
    return set(code.co_names) if code else set()
