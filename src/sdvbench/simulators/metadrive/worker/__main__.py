"""The worker's end of the pipes: requests come from standard input until it is closed."""

import os
import sys
from importlib.metadata import version
from typing import Any

from .framing import Ended, receive, send


def main() -> None:
    """Serve one parent; end when it closes the pipe, as it does when it dies."""
    # MetaDrive and the libraries below it print: that goes to standard error from here on.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    drive: Any = None
    while True:
        try:
            request, _ = receive(requests)
        except Ended:
            return
        try:
            drive = drive or _opened(request)
            header, payload = _answer(drive, request)
        except Exception as error:  # of any kind: the parent must report it
            header, payload = {"error": f"{type(error).__name__}: {error}"}, b""
        send(answers, header, payload)


def _opened(request: dict[str, Any]) -> Any:
    from .drive import Drive
    from .teacher import Limits

    arguments = request["arguments"]
    limits = Limits(*arguments.pop("limits"))
    return Drive(limits=limits, **arguments)


def _answer(drive: Any, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    name, arguments = request["name"], request["arguments"]
    if name == "open":
        return {"version": version("metadrive-simulator")}, b""
    if name == "observe":
        image = drive.image()
        return {"shape": image.shape}, image.tobytes()
    if name == "road":
        length_m, centre_m = drive.road()
        return {"length_m": length_m, "shape": centre_m.shape}, centre_m.tobytes()
    if name in ("truth", "teacher"):
        return getattr(drive, name)(), b""
    if name in ("reset", "step"):
        getattr(drive, name)(**arguments)
        return {}, b""
    raise ValueError(f"no request is called {name!r}")


if __name__ == "__main__":
    main()
