"""Captured logs of a failing test: what sdvbench and the repository say, not its libraries."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INSTALLED = {"site-packages", "dist-packages"}


def is_chatter(record: logging.LogRecord) -> bool:
    """Whether it is from an installed package other than sdvbench, and less than a warning."""
    if record.levelno >= logging.WARNING or record.name.partition(".")[0] == "sdvbench":
        return False
    return bool(INSTALLED & set(Path(record.pathname).parts))


def _is_worth_reading(record: logging.LogRecord) -> bool:
    return not is_chatter(record)


@contextmanager
def own_logs(config: pytest.Config) -> Iterator[None]:
    """Keep chatter out of pytest's report. What was asked for with --log-level stays, and so does
    all that the caplog fixture sees.
    """
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    handler: logging.Handler | None = getattr(plugin, "report_handler", None)
    level = config.getoption("log_level", None) or config.getini("log_level")
    if handler is None or level:
        yield
        return
    handler.addFilter(_is_worth_reading)
    try:
        yield
    finally:
        handler.removeFilter(_is_worth_reading)
