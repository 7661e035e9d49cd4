"""MetaDrive's own Python environment: what is in it, where it is, and how it is made.

MetaDrive 0.3.0.1 wants NumPy and protobuf of years ago, so it cannot share an environment with
sdvbench. It is the newest release whose wheel carries all that it draws with; later ones download
that when they are first run.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sdvbench.cells import Gap
from sdvbench.durable import write_atomically
from sdvbench.errors import BuildError, OptionError
from sdvbench.store import Store

METADRIVE = "0.3.0.1"
# The last two are requirements of the first, whose newest releases it does not work with.
PINS = [
    f"metadrive-simulator=={METADRIVE}",
    "panda3d-simplepbr==0.10",
    "panda3d-gltf==0.13",
]
PYTHON = (3, 11)  # older than sdvbench takes, or newer than MetaDrive takes: all others
NEEDED_BYTES = 1_500_000_000  # while pip installs; 930 MB stay
INSTALLING_S = 3600.0

VARIABLE = "SDVBENCH_METADRIVE_PYTHON"
ENABLE = "sdvbench drive setup metadrive"
MARK = "sdvbench-whole.json"  # written last: an environment without it was left half-made
MARKED = json.dumps({"pins": PINS}).encode()

Tell = Callable[[str], None]


def gap() -> Gap | None:
    """Why MetaDrive cannot be run here, or None. A Python that the user names is not tried."""
    if named := os.environ.get(VARIABLE):
        if shutil.which(named):
            return None
        return Gap(f"{VARIABLE}={named} is no program", "name a Python that has MetaDrive")
    return None if _is_whole(_folder()) else Gap("MetaDrive is not set up", ENABLE)


def interpreter() -> Path:
    """The Python that has MetaDrive. Raises OptionError where there is none."""
    if missing := gap():
        raise OptionError("simulator metadrive", missing.missing, f"To enable: {missing.enable}")
    named = shutil.which(os.environ.get(VARIABLE, ""))
    return Path(named).absolute() if named else _python(_folder())


def how_to_start() -> str:
    """What to do where a Python that the user names cannot open MetaDrive; empty where none is
    named.
    """
    named = os.environ.get(VARIABLE)
    return f"Install {' '.join(PINS)} in {VARIABLE}={named}, or unset it" if named else ""


def set_up(tell: Tell) -> Path:
    """Make the environment unless it is there, and return its Python.

    tell: is called with a line before each part that takes long. Of two processes at once, one
    makes it and the other waits. What a killed one has left is replaced.
    Raises BuildError where there is no suitable Python, no room, or pip fails.
    """
    place = _folder()
    lock_path = Store().root / "locks" / f"{place.name}.lock"
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_path)
    try:
        lock.acquire(timeout=1.0)
    except Timeout:
        tell("waiting for another process that sets MetaDrive up")
        lock.acquire()
    try:
        if not _is_whole(place):
            _make(place, tell)
    finally:
        lock.release()
    return _python(place)


def _folder() -> Path:
    return Store().root / "environments" / f"metadrive-{METADRIVE}"


def _python(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_whole(place: Path) -> bool:
    with suppress(OSError):
        return (place / MARK).read_bytes() == MARKED and _python(place).exists()
    return False


def _make(place: Path, tell: Tell) -> None:
    """In its place from the start, since an environment cannot be moved; marked when whole."""
    base = _base_python()
    place.parent.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(place.parent).free
    if free_bytes < NEEDED_BYTES:
        problem = f"needs {NEEDED_BYTES / 1e9:.1f} GB, and {free_bytes / 1e9:.1f} GB are free"
        raise BuildError(str(place), problem, "Free space there, or set SDVBENCH_CACHE elsewhere")
    (place / MARK).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    tell(f"making a Python environment for MetaDrive {METADRIVE}: {place}")
    _run([base, "-m", "venv", "--clear", str(place)])
    tell("installing MetaDrive there: about 930 MB, one to three minutes")
    python = str(_python(place))
    _run([python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *PINS])
    write_atomically(place / MARK, MARKED)


def _base_python() -> str:
    """A Python that MetaDrive can be installed in: this one, or one on the PATH."""
    wanted = ".".join(map(str, PYTHON))
    if sys.version_info[:2] == PYTHON:
        return sys.executable
    if found := shutil.which(f"python{wanted}"):
        return found
    remedy = (
        f"Install Python {wanted} so that python{wanted} is on the PATH, or set {VARIABLE} to a "
        f"Python that has {' '.join(PINS)}"
    )
    raise BuildError("MetaDrive", f"needs Python {wanted}, which is not here", remedy)


def _run(command: list[str]) -> None:
    variables = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    # This project's own constraints are not MetaDrive's.
    variables.pop("PIP_CONSTRAINT", None)
    try:
        ran = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALLING_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"did not end within {INSTALLING_S / 60:g} minutes"
        raise BuildError(" ".join(command), problem, "Look at the network") from error
    if ran.returncode:
        last = " | ".join((ran.stderr.strip() or ran.stdout.strip()).splitlines()[-4:])
        remedy = f"Correct that and run it again, or install it by hand and set {VARIABLE}"
        raise BuildError(" ".join(command), f"failed: {last}", remedy)
