"""A report's file: its kind by its suffix, whole or not at all."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from sdvbench.durable import write_atomically
from sdvbench.errors import ReportError
from sdvbench.report.limits import Limit
from sdvbench.report.run import Run

NEEDED = ("jinja2", "matplotlib")  # by HTML


def check(file: Path) -> None:
    """Raises ReportError where no report could be written to ``file``, and makes its folder."""
    if file.suffix not in (".html", ".md"):
        raise ReportError(file, "is neither .html nor .md", "Name it for example run.html")
    if file.is_dir():
        raise ReportError(file, "is a folder", "Name a file")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing and file.suffix == ".html":
        problem = f"needs {' and '.join(missing)}, not installed here"
        raise ReportError(file, problem, "pip install 'sdvbench[report]', or name a .md file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(file, f"has no folder ({error})", "Name a file in another") from error


def write(run: Run, given: Sequence[Limit], file: Path) -> None:
    """The report of ``run``, recommending under ``given``. Raises ReportError as ``check`` does."""
    check(file)
    if file.suffix == ".html":
        from sdvbench.report.html import html

        text = html(run, given)
    else:
        from sdvbench.report.markdown import markdown

        text = markdown(run, given)
    save(file, text)


def save(file: Path, text: str) -> None:
    """Raises ReportError where that is not possible."""
    try:
        write_atomically(file, text.encode())
    except OSError as error:
        raise ReportError(file, f"cannot be written ({error})", "Name another file") from error
