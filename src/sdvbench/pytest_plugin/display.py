"""A line that says what is being built or measured right now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sdvbench import progress

TELL_AFTER_S = 2.0  # what took longer is worth a line in a log


class Display:
    """On a terminal, one line that is rewritten and then cleared; in a log, a line afterwards."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter = config.pluginmanager.get_plugin("terminalreporter")  # None in a worker
        self._capture = config.pluginmanager.get_plugin("capturemanager")

    @contextmanager
    def showing(self, title: str, in_logs: bool = True) -> Iterator[None]:
        """Show what is told inside the block, after ``title``; in logs only where ``in_logs``."""
        steps: list[str] = []
        start = time.monotonic()

        def listener(step: str) -> None:
            name = step.partition(",")[0]
            if not steps or steps[-1] != name:
                steps.append(name)
            if self._on_terminal:
                self._write(f"\r\x1b[K  {title}: {step} ...")

        with progress.heard_by(listener):
            yield
        elapsed_s = time.monotonic() - start
        if not steps:
            return
        if self._on_terminal:
            self._write("\r\x1b[K")
        elif in_logs and elapsed_s > TELL_AFTER_S:
            self._write(f"  {title}: {', '.join(steps)} ({elapsed_s:.0f} s)\n")

    @property
    def _on_terminal(self) -> bool:
        return bool(self._reporter and self._reporter._tw.hasmarkup)

    def _write(self, text: str) -> None:
        if not self._reporter or not self._capture:
            return
        with self._capture.global_and_fixture_disabled():
            self._reporter.ensure_newline()
            self._reporter.write(text, flush=True)
