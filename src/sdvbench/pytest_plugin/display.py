"""What is being built or measured right now, beside pytest's own letters."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sdvbench import progress

TELL_AFTER_S = 2.0  # what took longer is worth a line in a log
CLEAR_REST, SAVE, RESTORE = "\x1b[K", "\x1b7", "\x1b8"


class Display:
    """On a terminal, text behind the letters that comes and goes; in a log, a line afterwards."""

    def __init__(self, config: pytest.Config) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")  # None in a worker
        self._writer = reporter._tw if reporter else None
        self._capture = config.pluginmanager.get_plugin("capturemanager")

    @contextmanager
    def showing(self, title: str, in_logs: bool = True) -> Iterator[None]:
        """Show what is told inside the block, after ``title``; in logs only where ``in_logs``."""
        steps: list[str] = []
        start = time.monotonic()

        def listener(step: str) -> None:
            name = step.partition(",")[0]
            if name not in steps:
                steps.append(name)
            self._flash(f"  {title}: {step} ...")

        with progress.heard_by(listener), self._warnings_told():
            yield
        self._flash("")
        elapsed_s = time.monotonic() - start
        on_terminal = self._writer is not None and self._writer.hasmarkup
        if in_logs and steps and elapsed_s > TELL_AFTER_S and not on_terminal:
            self._line(f"  {title}: {', '.join(steps)} ({elapsed_s:.0f} s)")

    @contextmanager
    def _warnings_told(self) -> Iterator[None]:
        """Lines for what sdvbench warns of, such as an artifact that had to be built again."""
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: self._line(f"  {record.getMessage()}")  # type: ignore[method-assign]
        logger = logging.getLogger("sdvbench")
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)

    def _flash(self, text: str) -> None:
        """Write ``text`` after the cursor and put the cursor back."""
        writer = self._writer
        if writer is None or not writer.hasmarkup or self._capture is None:
            return
        room = max(writer.fullwidth - writer.width_of_current_line - 1, 0)
        with self._capture.global_and_fixture_disabled():
            # Past the writer's own bookkeeping: pytest right-aligns its percentages by it.
            writer._file.write(f"{CLEAR_REST}{SAVE}{text[:room]}{RESTORE}")
            writer._file.flush()

    def _line(self, line: str) -> None:
        writer = self._writer
        if writer is None or self._capture is None:
            return
        self._flash("")
        with self._capture.global_and_fixture_disabled():
            if writer.width_of_current_line:
                writer.line()
            writer.line(line, flush=True)
