"""Functions that answer from a process that holds nothing else.

Run as ``python -m sdvbench.measurement.fresh_process PLACE`` with arguments as JSON on standard
input, it imports the function at PLACE, calls it, and prints what it returns as JSON.
"""

import json
import subprocess
import sys
from typing import Any

from sdvbench.errors import MeasurementError

TIMEOUT_S = 1800  # large engines on few cores take minutes


def in_fresh_process(place: str, request: dict[str, Any], title: str) -> Any:
    """What the function at ``place`` ("module:name") returns for ``request``, both JSON-able.

    title: what to call it in errors.
    Raises MeasurementError with the process's last line where it fails.
    """
    try:
        process = subprocess.run(
            [sys.executable, "-m", "sdvbench.measurement.fresh_process", place],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MeasurementError(
            f"fresh process for {title}",
            f"did not end within {TIMEOUT_S} s",
            "Look at what else the machine does, or choose a smaller --sdv-imgsz",
        ) from error
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MeasurementError(
            f"fresh process for {title}",
            f"failed with exit code {process.returncode}: {last[0]}",
            "A negative exit code is a signal; -9 is often the system's out-of-memory killer",
        )
    return json.loads(process.stdout.splitlines()[-1])


if __name__ == "__main__":
    from pkgutil import resolve_name

    print(json.dumps(resolve_name(sys.argv[1])(json.load(sys.stdin))))
