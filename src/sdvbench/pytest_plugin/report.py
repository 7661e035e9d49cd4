"""``--sdv-report``: what a run told, as one file for people; and in pytest-benchmark's JSON."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench.errors import SdvbenchError
from sdvbench.image_size import written
from sdvbench.pytest_plugin.fixtures import suite_of, trained_suite_of

if TYPE_CHECKING:
    from sdvbench.report.limits import Limit
    from sdvbench.report.run import Rounds, Run
    from sdvbench.session.suite import Suite

KINDS = {  # of what tests tell -> the part of a Run
    "sdvbench": "records",
    "sdvbench.claim": "claims",
    "sdvbench.drive": "drives",
    "sdvbench.realtime": "realtime",
    "sdvbench.roofline": "roofline",
}
LIMITS = {
    "latency_ms": "a median call takes at most so many milliseconds",
    "map_drop": "at most so many points of mAP50-95 below the unpruned fp32 model, like 0.02",
    "memory_mb": "at most so many MiB of private memory",
}
SHOWN = (
    *("model", "weights", "data", "calibration", "device", "imgsz", "batch", "anchor", "option"),
    "quick",
)


def add_report_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("sdvbench", "sdvbench: engines of the perf and accuracy suites")
    group.addoption("--sdv-report", metavar="FILE", type=Path, help="write FILE.html or FILE.md")
    for name, text in LIMITS.items():
        option = f"--sdv-max-{name.replace('_', '-')}"
        told = f"recommended by the report: {text}; the same as --sdv-limit {name}=N"
        group.addoption(option, type=float, metavar="N", help=told)
    group.addoption(
        "--sdv-limit",
        action="append",
        metavar="METRIC=VALUE",
        help="a limit of the report's recommendation, the most where less is better and else the "
        "least; several with commas between, for example latency_ms=50,map=0.3",
    )


def limits_of(config: pytest.Config) -> "list[Limit]":
    """Raises OptionError as ``limits`` does."""
    from sdvbench.report.limits import limits

    named = {name: getattr(config.option, f"sdv_max_{name}") for name in LIMITS}
    return limits(**named, others=config.option.sdv_limit or ())


class Collector:
    """Hears every test of the session, also those of workers, and writes the report at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._file: Path | None = config.option.sdv_report
        self._reports: list[pytest.TestReport] = []
        self._traces: dict[str, Rounds] = {}
        self._said = ""
        self._failed = False

    def pytest_sessionstart(self) -> None:
        """A file or limit that is wrong is refused before anything is collected."""
        if self._file:
            from sdvbench.report.writing import check

            try:
                check(self._file)
                limits_of(self._config)
            except SdvbenchError as error:
                raise pytest.UsageError(f"sdvbench: {error}") from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Raw seconds are kept from the benchmark itself: no report carries them."""
        bench = getattr(item, "funcargs", {}).get("bench") if call.when == "call" else None
        extra = getattr(getattr(bench, "benchmark", None), "extra_info", {})  # or another's bench
        timed = extra.get("sdvbench", {})
        if {"seconds", "cell", "metric"} <= timed.keys():
            from sdvbench.report.run import Rounds

            rounds = Rounds(seconds=timed["seconds"], calls=timed["calls_a_round"][0])
            self._traces[f"{timed['cell']} {timed['metric']}"] = rounds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Not of the teardown, whose report repeats the records."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self._reports.append(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        """``sdvbench report`` makes the same report of the benchmark's JSON, later."""
        if self.told():
            output_json["sdvbench"] = self._run().as_dict()

    @pytest.hookimpl(trylast=True)  # whatever becomes of it, the files of others are written
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._file:
            return
        if not (self.told() or self._errors()):
            self._said = f"no test told a record: {self._file} is left as it was"
            return
        from sdvbench.report.writing import write

        try:
            write(self._run(), limits_of(self._config), self._file)
            self._said = f"report: {self._file}"
        except SdvbenchError as error:
            self._said, self._failed = f"no report: {error}", True
            session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._said:
            terminalreporter.write_line(f"sdvbench {self._said}", red=self._failed)

    def told(self) -> bool:
        """Whether any test has told a record."""
        return any(kind in KINDS for report in self._reports for kind, _ in report.user_properties)

    def _errors(self) -> dict[str, list[str]]:
        """What ended tests before they told anything, each in a line, and their ids."""
        found: dict[str, list[str]] = {}
        for report in self._reports:
            if report.failed and not any(kind in KINDS for kind, _ in report.user_properties):
                crash = getattr(report.longrepr, "reprcrash", None)
                lines = str(crash.message if crash else report.longrepr).splitlines()
                found.setdefault(lines[0] if lines else "no message", []).append(report.nodeid)
        return found

    def _run(self) -> "Run":
        from msgspec import convert

        from sdvbench.gate.benchmarks import commit_of
        from sdvbench.pytest_plugin.summary import cells_of, gaps
        from sdvbench.report.run import KINDS as RECORDS
        from sdvbench.report.run import Control, Hardware, Run
        from sdvbench.session.data_lines import data_lines

        told: dict[str, list[Any]] = {part: [] for part in KINDS.values()}
        for report in self._reports:
            for kind, record in report.user_properties:
                if kind in KINDS:
                    part = KINDS[kind]
                    told[part].append(convert(record, RECORDS[part]))
        suite, trained = suite_of(self._config), trained_suite_of(self._config)
        suites = {"run": suite} | ({} if trained is suite else {"trained": trained})
        # There is no such hook under `-p no:benchmark`.
        ask = getattr(self._config.hook, "pytest_benchmark_generate_commit_info", None)
        commit = ask(config=self._config) if ask else {}
        control = suite.control
        sizes = sorted({str(record.imgsz) for record in told["records"] if record.imgsz})
        return Run(
            date=datetime.now().astimezone().isoformat(timespec="seconds"),
            commit=commit_of({"commit_info": commit}),
            hardware=Hardware(name=suite.hardware.name, summary=suite.hardware.summary),
            libraries=suite.libraries,
            settings={name: _settings(one, sizes) for name, one in suites.items()},
            control=Control(status=control.status, reason=control.reason) if control else None,
            data=data_lines(suites.values(), cells_of(told["records"])),
            gaps=gaps(r for r in self._reports if r.skipped and not _of_claim(r)),
            errors=self._errors(),
            traces=self._traces,
            **told,
        )


def _of_claim(report: pytest.TestReport) -> bool:
    """NOT TESTABLE HERE is a claim's status, told with its reason, and no gap of a cell."""
    return any(kind == "sdvbench.claim" for kind, _ in report.user_properties)


def _settings(suite: "Suite", sizes: Sequence[str]) -> dict[str, str]:
    """Those of ``suite`` that figures depend on, as text; of folders only the name. sizes: of the
    images of all figures, which networks may decide themselves.
    """
    found = {}
    for name in (f.name for f in fields(suite.settings) if f.name in SHOWN):
        value: Any = suite.data if name == "data" else getattr(suite.settings, name)
        if name == "imgsz":
            value = tuple(sizes) or (written(value),)
        if value not in (None, (), False):
            value = value.name if isinstance(value, Path) else value
            found[name] = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    found.setdefault("weights", "seeded")
    return found
