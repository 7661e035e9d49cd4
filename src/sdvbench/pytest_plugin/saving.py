"""``--benchmark-json`` of a run in which no benchmark ran: accuracy and drives are worth a file."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from sdvbench.pytest_plugin.fixtures import SUITE, suite_of


class Saving:
    """pytest-benchmark writes nothing where no benchmark ran; then its own machinery is asked."""

    def __init__(self, config: pytest.Config, told: Callable[[], bool]) -> None:
        """told: whether any test of the run has told something."""
        self._config, self._told = config, told
        self._said = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-benchmark's own
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        benchmarks: Any = getattr(self._config, "_benchmarksession", None)
        file = getattr(benchmarks, "json", None)
        if not file or benchmarks.benchmarks:
            return (yield)
        if not self._told():
            if SUITE in self._config.stash:
                self._said = f"sdvbench: {file} was not written, since no test told a figure"
            return (yield)
        benchmarks.json = None  # else it warns that nothing will be saved
        result = yield
        benchmarks.json = file
        self._save(benchmarks)
        return result

    def _save(self, benchmarks: Any) -> None:
        config, hook = self._config, self._config.hook
        suite_of(config)  # whose hardware is noted
        machine = benchmarks.get_machine_info()
        commit = hook.pytest_benchmark_generate_commit_info(config=config)
        hook.pytest_benchmark_update_commit_info(config=config, commit_info=commit)
        content = hook.pytest_benchmark_generate_json(
            config=config,
            benchmarks=[],
            include_data=True,
            machine_info=machine,
            commit_info=commit,
        )
        hook.pytest_benchmark_update_json(config=config, benchmarks=[], output_json=content)
        benchmarks.save_json(content)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._said:
            terminalreporter.write_line(self._said, yellow=True)
