"""What ``--sdv-option`` tells workflows."""

from collections.abc import Iterable
from typing import Any

from sdvbench.errors import OptionError
from sdvbench.workflows import WORKFLOWS, options


def read_options(given: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By workflow: "W1.threads=1" is {"W1": {"threads": 1}}. Raises OptionError."""
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        workflow, dot, option = name.partition(".")
        if not (equals and dot):
            remedy = "Write it like W1.threads=1"
            raise OptionError(f"--sdv-option {text}", "is not WORKFLOW.OPTION=VALUE", remedy)
        kinds = WORKFLOWS[workflow].options
        found.setdefault(workflow, {})[option] = options.read(workflow, kinds, option, value)
    return found
