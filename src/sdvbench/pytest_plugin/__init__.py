"""The pytest plugin: options, the matrix of cells, fixtures, verdicts and the summary.

Installed packages load it into every pytest run, so nothing heavy is imported here, and nothing
happens unless a test asks for one of the fixtures.

No module of this package may have the name of a fixture, whose place it would take once imported.
"""

from collections.abc import Generator
from contextlib import nullcontext
from typing import Any

import pytest

from sdvbench.cells import UNPRUNED
from sdvbench.errors import SdvbenchError
from sdvbench.pytest_plugin.claims import check_claim, generate_claims
from sdvbench.pytest_plugin.collection import (
    REFUSED,
    TOLD,
    TOLD_BY_WORKER,
    check_collected,
    our_fixtures,
    skip_of_another_task,
)
from sdvbench.pytest_plugin.driving import cell_driver, driver, gate_drives
from sdvbench.pytest_plugin.fixtures import (
    SUITE,
    anchor,
    anchors,
    bench,
    cell,
    cell_scores,
    cell_suite,
    control,
    engine,
    gate,
    is_ours,
    labelled,
    recovered,
    scores,
    sdv_display,
    sdv_suite,
    suite_of,
    trained,
    trained_suite_of,
)
from sdvbench.pytest_plugin.logs import own_logs
from sdvbench.pytest_plugin.opt_in import OPT_IN, leave_out
from sdvbench.pytest_plugin.options import add_options, any_given, settings_of
from sdvbench.pytest_plugin.outside import (
    has_nothing_to_test,
    one_a_metric,
    outside_metric,
    own_metrics,
    task_metric,
)
from sdvbench.pytest_plugin.realtime import (
    cell_streams,
    cross_check,
    gate_deadlines,
    late_scores,
    one_a_rate,
    rate_hz,
    streamed,
    streams,
)
from sdvbench.pytest_plugin.report import Collector, add_report_options
from sdvbench.pytest_plugin.roofs import roofline, sdv_roofs
from sdvbench.pytest_plugin.saving import Saving

__all__ = [
    "anchor",
    "anchors",
    "bench",
    "cell",
    "cell_driver",
    "cell_scores",
    "cell_streams",
    "cell_suite",
    "check_claim",
    "control",
    "cross_check",
    "driver",
    "engine",
    "gate",
    "gate_deadlines",
    "gate_drives",
    "labelled",
    "late_scores",
    "outside_metric",
    "rate_hz",
    "recovered",
    "roofline",
    "scores",
    "sdv_display",
    "sdv_roofs",
    "sdv_suite",
    "streamed",
    "streams",
    "task_metric",
    "trained",
]

UNCLEAR = {"UNGATED": ("ungated", "u"), "INCONCLUSIVE": ("inconclusive", "i")}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sdv-model``, ``--sdv-device`` and the rest; see ``pytest --help``."""
    add_options(parser)
    add_report_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pruned: only for cells whose model is pruned")
    for marker, meaning in OPT_IN.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    if not hasattr(config, "workerinput"):  # what workers of pytest-xdist hear reaches their master
        collector = Collector(config)
        config.pluginmanager.register(collector, "sdvbench-report")
        config.pluginmanager.register(Saving(config, collector.told), "sdvbench-saving")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Settings that were given are checked before anything is collected."""
    try:
        settings_of(session.config)
        if any_given(session.config):
            suite_of(session.config)
    except SdvbenchError as error:
        raise pytest.UsageError(f"sdvbench: {error}") from error


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: Any) -> list[pytest.Item] | None:
    """No item of a test that nothing registered could be the parameter of."""
    try:
        return [] if has_nothing_to_test(obj, lambda: trained_suite_of(collector.config)) else None
    except SdvbenchError as error:  # raised here, it would come with pytest's own traceback
        collector.config.stash.setdefault(REFUSED, error)
        return []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a cell of the matrix, for every test that takes ``cell``; those that take
    ``scores``, ``late_scores`` or ``driver`` are about trained models, and those marked ``pruned``
    about pruned ones. One a rate for those that take ``rate_hz``."""
    try:
        _generate(metafunc)
    except SdvbenchError as error:  # raised here, it would come with pytest's own traceback
        metafunc.config.stash.setdefault(REFUSED, error)


def _generate(metafunc: pytest.Metafunc) -> None:
    generate_claims(metafunc)
    if _is_ours(metafunc):
        about_trained = {"scores", "late_scores", "driver"} & set(metafunc.fixturenames)
        asked = trained_suite_of if about_trained else suite_of
        suite = asked(metafunc.config)
        cells = list(suite.cells())
        if metafunc.definition.get_closest_marker("pruned"):
            cells = [cell for cell in cells if cell.pruning != UNPRUNED]
        if "task_metric" in metafunc.fixturenames:
            cells = [cell for cell in cells if own_metrics(suite, [cell])]
        metafunc.parametrize("cell", cells, ids=str, indirect=True, scope="session")
        one_a_rate(metafunc, suite)
        one_a_metric(metafunc, suite, cells)


def _is_ours(metafunc: pytest.Metafunc) -> bool:
    """Whether the test's ``cell`` is this plugin's fixture, and not one of somebody else's."""
    if "cell" not in metafunc.fixturenames:
        return False
    marks = metafunc.definition.iter_markers("parametrize")
    ours = is_ours(metafunc._arg2fixturedefs.get("cell", ()))
    return ours and not any("cell" in str(mark.args[0]).split(",") for mark in marks)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long, or real time, runs only when it is asked for."""
    leave_out(config, items)
    if getattr(config.option, "benchmark_only", False) and any(map(_measures, items)):
        # pytest-benchmark skips tests that get its fixture by way of another, and the run passes.
        problem = "--benchmark-only would skip every measurement"
        raise pytest.UsageError(f"sdvbench: {problem}. Name the tests instead, as in: pytest perf")


def _measures(item: pytest.Item) -> bool:
    """Whether it takes this plugin's ``bench``."""
    found = getattr(item, "_fixtureinfo", None)
    return found is not None and is_ours(found.name2fixturedefs.get("bench", ()))


@pytest.hookimpl(tryfirst=True)  # before anybody hears what was collected
def pytest_collection_finish(session: pytest.Session) -> None:
    """What can be checked is checked now. One row of letters: tests run cell by cell, and file
    names would change with every letter."""
    check_collected(session)
    if SUITE in session.config.stash:
        # Timings are told in sdvbench's own table, unless two runs are being compared.
        benchmarks = getattr(session.config, "_benchmarksession", None)
        if benchmarks and not session.config.option.benchmark_compare:
            benchmarks.quiet = True
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if SUITE in session.config.stash and reporter:
        reporter.showfspath = False


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker of pytest-xdist refused at collection is kept until the run ends."""
    told = getattr(node, "workeroutput", {}).get(TOLD)
    if told:
        node.config.stash[TOLD_BY_WORKER] = told


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if told := session.config.stash.get(TOLD_BY_WORKER, ""):
        pytest.exit(told, pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(tryfirst=True)  # before anything is built
def pytest_runtest_setup(item: pytest.Item) -> None:
    skip_of_another_task(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Captured logs of tests of engines are sdvbench's own and the repository's."""
    with own_logs(item.config) if our_fixtures(item) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """An input that is wrong is told in its own words, without a traceback."""
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, SdvbenchError):
        report.longrepr = f"{type(call.excinfo.value).__name__}: {call.excinfo.value}"
    return report


def pytest_report_teststatus(report: Any) -> tuple[str, str, Any] | None:
    """What could not be gated, or not told, is never shown as a pass."""
    if report.when == "call" and report.passed:
        for record in _records(report):
            if record.get("status") in UNCLEAR:
                category, letter = UNCLEAR[record["status"]]
                return category, letter, (record["status"], {"yellow": True})
            if "replayed_from_hz" in record:  # no figure of it is gated
                return "told", "t", ("TOLD", {})
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """The hardware class and library versions go into the benchmark's JSON."""
    if SUITE in config.stash:
        from sdvbench.gate.benchmarks import Noted
        from sdvbench.measurement.hardware import library_versions
        from sdvbench.typed_json import written

        name = config.stash[SUITE].hardware.name
        machine_info["sdvbench"] = written(Noted(hardware_class=name, libraries=library_versions()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table of the run."""
    if SUITE in config.stash or _records_came(terminalreporter):  # the latter from workers
        from sdvbench.pytest_plugin.summary import write_summary

        write_summary(terminalreporter, suite_of(config), trained_suite_of(config))


def _records_came(terminalreporter: Any) -> bool:
    reports = (report for found in terminalreporter.stats.values() for report in found)
    return any(_records(report) for report in reports)


def _records(report: Any) -> list[Any]:
    """Everything that a test told of verdicts, of any kind."""
    told = getattr(report, "user_properties", ())
    return [record for kind, record in told if kind.partition(".")[0] == "sdvbench"]
