"""Runs of pytest, each in a process of its own, that need not import everything anew.

Importing torch takes longer than most of those runs. So one process, started as ``python -m
tests.pytest_plugin.forks``, imports what they import and forks a child for each run. It computes
nothing itself: threads do not survive a fork.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).parents[2]
# What runs of the suites import, with all that these import in turn.
IMPORTED = (
    "sdvbench.datasets.scenes",
    "sdvbench.tasks.detection.bootstrap",
    "sdvbench.gate.confirmation",
    "sdvbench.gate.judge",
    "sdvbench.gate.share",
    "sdvbench.measurement.memory",
    "sdvbench.measurement.peak",
    "sdvbench.session.measuring",
    "sdvbench.session.scoring",
    "sdvbench.session.streaming",
    "sdvbench.session.suite",
    "sdvbench.pytest_plugin.summary",
    "sdvbench.realtime.accuracy",
    "sdvbench.workflows.w1_onnx_runtime",
    "sdvbench.workflows.wd_engine",
    "sdvbench.workflows.wd_pytorch",
    "onnxruntime",
    "torch_pruning",
)


class Child:
    """A run, as ``subprocess.Popen`` shows one."""

    stdin = None

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers

    def wait(self) -> int:
        """The exit code."""
        return int(self._answers.readline())


class Forks:
    """The process that forks, as tests see it: started for the first run, ended by ``close``."""

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.pytest_plugin.forks"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # NumPy's would start some at once
            text=True,
        )

    def popen(
        self, command: Sequence[str], *, stdout: TextIO, stderr: TextIO, **others: Any
    ) -> Child:
        """Start ``python -m pytest ARGUMENTS`` in the current folder, one at a time.

        stdout, stderr: files, by their names. Standard input is empty.
        """
        assert command[:2] == (sys.executable, "-mpytest"), command
        request = {
            "folder": os.getcwd(),
            "arguments": command[2:],
            "streams": [os.devnull, stdout.name, stderr.name],
            "environment": dict(os.environ),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return Child(self._process.stdout)

    def close(self) -> None:
        """Let it end."""
        if "_process" in vars(self):
            self._process.communicate()


def serve() -> None:
    """Fork a child for each line of standard input, and print the exit code of each."""
    from sdvbench.measurement.spinning import stop_idle_spinning

    stop_idle_spinning()  # as a run does before it imports torch
    for name in IMPORTED:
        import_module(name)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            run(**json.loads(line))
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def run(
    folder: str, arguments: Sequence[str], streams: Sequence[str], environment: dict[str, str]
) -> None:
    """Become a process that was started there, and end as it does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate(streams):
        os.dup2(os.open(name, os.O_RDWR | os.O_APPEND), number)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - as long as the process
    sys.argv = ["pytest", *arguments]
    sys.path[0] = folder  # in the place of this project's, which "-m" put there
    import pytest

    code = 1
    try:
        code = pytest.main(list(arguments))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # without the libraries' own endings, which wait for threads of the parent


if __name__ == "__main__":
    serve()
