"""A process that answers requests through pipes, and the ways in which it may fail to."""

import os
import queue
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sdvbench.errors import MeasurementError
from sdvbench.simulators.metadrive.worker.framing import Ended, Garbled, receive, send

ENDING_S = 10.0  # for a process that was asked to end, and then for one that was killed
LAST_LINES = 8  # of what it printed, for messages

Answer = tuple[dict[str, Any], bytes]


class FailedError(MeasurementError):
    """The process says that it failed at a request, and lives on. own_words: what it says."""

    own_words: str = ""


class Worker:
    """A process that reads requests from standard input and writes answers to standard output,
    both as ``worker/framing.py`` has them. What it writes to standard error is kept for messages.

    title: what to call it in errors. folder: where it is started.
    It ends when it is closed, and when this process ends, however that comes about.
    """

    def __init__(self, command: Sequence[str], title: str, folder: Path) -> None:
        self._title = title
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                start_new_session=os.name == "posix",  # Ctrl-C is for the parent to deal with
            )
        except OSError as error:
            problem = f"cannot be started: {error.strerror} ({command[0]})"
            raise MeasurementError(title, problem, "Look at that program") from error
        self._answers: queue.Queue[Answer | Exception] = queue.Queue()
        self._printed: deque[str] = deque(maxlen=LAST_LINES)
        # The threads hold no reference to this object, so that one that nobody closed is collected,
        # and the process, whose pipe is closed then, ends.
        weakref.finalize(self, _close, self._process.stdin)
        self._listener = _thread(_listen, self._process.stdout, self._answers)
        self._printer = _thread(_keep, self._process.stderr, self._printed)

    def ask(self, name: str, timeout_s: float, **arguments: object) -> Answer:
        """The answer to a request: a header and a payload.

        Raises MeasurementError where the process says that it failed, has ended, sends what is no
        answer, or sends nothing for ``timeout_s``. After all but the first it is gone.
        """
        pipe = self._process.stdin
        assert pipe
        if pipe.closed:
            raise MeasurementError(self._title, "was closed", "Open the simulator again")
        answer: Answer | Exception
        try:
            send(pipe, {"name": name, "arguments": arguments})
            answer = self._answers.get(timeout=timeout_s)
        except OSError:
            answer = Ended()
        except queue.Empty:
            self._end()
            problem = f"gave no answer to {name!r} within {timeout_s:g} s{self._told()}"
            raise MeasurementError(self._title, problem, "See what else the machine does") from None
        if isinstance(answer, Exception):
            self._end(kill=isinstance(answer, Garbled))
            how = f"sent {answer}" if isinstance(answer, Garbled) else self._ended()
            raise MeasurementError(self._title, how + self._told(), "Open the simulator again")
        if "error" in answer[0]:
            failed = FailedError(self._title, f"failed at {name!r}: {answer[0]['error']}")
            failed.own_words = answer[0]["error"]
            raise failed
        return answer

    def close(self) -> None:
        """Let it end, by force where it does not. Closing twice is closing once."""
        self._end(kill=False)

    def _end(self, kill: bool = True) -> None:
        if kill:
            self._process.kill()
        _close(self._process.stdin)
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(ENDING_S)
        for thread in (self._listener, self._printer):
            thread.join(ENDING_S)  # so that what it printed last is known

    def _ended(self) -> str:
        code = self._process.returncode
        return f"was ended by signal {-code}" if code < 0 else f"has ended with exit code {code}"

    def _told(self) -> str:
        return "; it printed last: " + " | ".join(self._printed) if self._printed else ""


def _close(pipe: IO[bytes] | None) -> None:
    assert pipe
    with suppress(OSError):  # something left in it, and nobody at its other end
        pipe.close()


def _thread(work: Any, pipe: IO[bytes] | None, kept: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=(pipe, kept), daemon=True)
    thread.start()
    return thread


def _listen(pipe: IO[bytes], answers: "queue.Queue[Answer | Exception]") -> None:
    with pipe:
        while True:
            try:
                answers.put(receive(pipe))
            except (Ended, Garbled, OSError) as error:
                answers.put(error)
                return


def _keep(pipe: IO[bytes], printed: deque[str]) -> None:
    with pipe:
        for line in pipe:
            if text := line.decode(errors="replace").strip():
                printed.append(text[:300])
