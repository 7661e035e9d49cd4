"""The options that pytest takes for a run's settings."""

from dataclasses import replace
from typing import Any

import pytest

from sdvbench.pytest_plugin.workers import own_device
from sdvbench.session.settings import HELP, Settings, read_settings

ADD_UP = ("model", "option")  # given more than once, as pytest's own -o; else the last one counts


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("sdvbench", "sdvbench: engines of the perf and accuracy suites")
    for name, text in HELP.items():
        flag = name in ("quick", "strict")
        extra: dict[str, Any] = {"action": "store_true"} if flag else {"metavar": name.upper()}
        if name in ADD_UP:
            extra["action"] = "append"
        group.addoption(f"--sdv-{name}", dest=f"sdv_{name}", default=None, help=text, **extra)


def any_given(config: pytest.Config) -> bool:
    """Whether an option of sdvbench is on the command line."""
    return any(getattr(config.option, f"sdv_{name}", None) is not None for name in HELP)


def settings_of(config: pytest.Config, trained: bool = False) -> Settings:
    """The settings of a run of pytest; as ``read_settings``."""
    given = {f"--sdv-{name}": getattr(config.option, f"sdv_{name}", None) for name in HELP}
    given |= {key: ",".join(value) for key, value in given.items() if isinstance(value, list)}
    settings = read_settings(config.rootpath, given, trained)
    return replace(settings, device=own_device(settings.device))
