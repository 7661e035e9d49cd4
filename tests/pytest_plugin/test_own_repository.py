"""sdvbench in a repository of one's own: no folder, no file but the test."""

import pytest

from tests.pytest_plugin.conftest import CELL, MADE_UP, SMALL

THREE_LINES = """
def test_latency(bench, gate):
    gate(bench.latency())
"""


@pytest.fixture
def own(pytester, small_store, monkeypatch):
    """Runs pytest in a folder that holds nothing but one test."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyfile(test_mine=THREE_LINES)
    pytester.makeconftest(MADE_UP.read_text())

    def run(*arguments):
        return pytester.runpytest_subprocess(*SMALL, f"--sdv-store={small_store}", *arguments)

    return run


def test_three_lines_are_ungated_and_say_how_to_accept(own, pytester):
    result = own("-k", "orig-W1-fp32", "--benchmark-json=run.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"{CELL} *UNGATED",
            f"UNGATED {CELL} latency: no accepted figure for hardware class *; to gate: run with "
            "--benchmark-json=RESULTS.json, then `sdvbench baseline accept RESULTS.json`",
            "*1 ungated*",
        ]
    )
    assert not {"baselines", "perf", "accuracy"} & {path.name for path in pytester.path.iterdir()}
