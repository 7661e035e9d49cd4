"""How a command ends: by its exit code, and in no traceback of which the terminal is the cause."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

INTERRUPTED = 130  # 128 and the number of the signal, as shells write it


def ended(run: Callable[[], int]) -> int:
    """The exit code of ``run``; 130 after Ctrl-C.

    A reader of the output who leaves early, as `head` does, is no error: the command goes on and
    its exit code stays its own. Characters that the terminal's encoding lacks become escapes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    output, errors = _Output(sys.stdout), _Output(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            code = run()
        except KeyboardInterrupt:
            print("sdvbench: interrupted", file=sys.stderr)
            code = INTERRUPTED
        finally:  # also on the way out of argparse; the interpreter's own flush comes too late
            output.flush()
            if output.lost:
                print(f"sdvbench: the output was not written ({output.lost})", file=sys.stderr)
            errors.flush()
    return code or (2 if output.lost else 0)


class _Output:
    """A stream that drops what is written after its reader has left. lost: why it could not be
    written where a reader was there.
    """

    def __init__(self, stream: Any) -> None:
        self._stream, self.lost = stream, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return self._tried(lambda: self._stream.write(text)) or len(text)

    def flush(self) -> None:
        self._tried(lambda: self._stream.flush())

    def _tried(self, act: Callable[[], Any]) -> Any:
        if self._stream is None:  # closed before the command began
            return None
        try:
            return act()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):  # a full disk
                self.lost = error.strerror or type(error).__name__
            # The interpreter writes out what is left in the stream when it ends: to nowhere, then.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            return None
