"""Tests that run only when they are asked for: by their marker, or by their own file or node id."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from sdvbench.pytest_plugin.fixtures import is_ours

# By marker, what `pytest --markers` says of it.
OPT_IN = {
    "claim(*kinds)": "the studies' claims of these kinds; one that is refuted fails, so only "
    "with -m claim",
    "drive": "engines drive in a simulator; takes minutes, so only with -m drive",
    "realtime": "behind a camera of fixed rate; takes real time, so only with -m realtime",
}


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests with a marker of OPT_IN that nobody has asked for.

    ``pytest perf`` is a gate, which must stay green where a claim of the paper is refuted, and must
    not take minutes longer.
    """
    names = (marker.partition("(")[0] for marker in OPT_IN)
    markers = {name for name in names if not asked_for(config, name)}
    named = _named_files(config.args, config.invocation_params.dir)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        marked = _is_ours(item) and markers & {mark.name for mark in item.iter_markers()}
        (left_out if marked and item.path not in named else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _is_ours(item: pytest.Item) -> bool:
    """Whether it takes a fixture of this plugin: other projects have such markers of their own."""
    found = getattr(item, "_fixtureinfo", None)
    return any(map(is_ours, found.name2fixturedefs.values())) if found else False


def asked_for(config: pytest.Config, marker: str) -> bool:
    """Whether -m speaks of it, other than right after "not"."""
    wanted = re.sub(r"\bnot\b\s*(\w+|\([^()]*\))", "", config.option.markexpr)
    return marker in re.findall(r"\w+", wanted)


def _named_files(arguments: Iterable[str], folder: Path) -> set[Path]:
    paths = ((folder / argument.partition("::")[0]).resolve() for argument in arguments)
    return {path for path in paths if path.is_file()}
