"""What ``sdvbench init`` writes: every file with its text and what it is for."""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"
SUITES = ("perf", "accuracy")
WORKFLOW = ".github/workflows/sdvbench.yml"
# Of keys that have no default.
EXAMPLES = {
    "workflow": ("Wd", "W1"),
    "weights": "yolov5s.pt",
    "calibration": "scenes:32",
    "store": "~/.cache/sdvbench",
    "misses": 0.01,
}


@dataclass(frozen=True)
class File:
    """path: in the repository, with slashes. meaning: what it is for, in a few words."""

    path: str
    text: str
    meaning: str


def files(folder: Path) -> Iterator[File]:
    """The files for the repository in ``folder``, in the order in which they are listed."""
    for suite in SUITES:
        yield from _suite(suite, is_new=not (folder / suite).exists())
    yield File("sdvbench.toml", _settings(), "settings: every key, commented out")
    thresholds = (TEMPLATE / "baselines" / "thresholds.toml").read_text(encoding="utf-8")
    yield File("baselines/thresholds.toml", thresholds, "tolerances and limits of your own")
    workflow = (TEMPLATE / "workflows" / "sdvbench.yml").read_text(encoding="utf-8")
    yield File(WORKFLOW, workflow, "CI: both suites for every change")
    if not _has_root(folder):
        text = (TEMPLATE / "pytest.ini").read_text(encoding="utf-8")
        yield File("pytest.ini", text, "marks the root of the repository for pytest")


def _suite(suite: str, is_new: bool) -> Iterator[File]:
    """The suite's tests. A folder that was there before may hold modules that import one another
    by their bare names, as they no longer could if it became a package.
    """
    for template in sorted((TEMPLATE / suite).glob("*.py")):
        text = template.read_text(encoding="utf-8")
        if template.name == "__init__.py":
            if is_new:
                yield File(f"{suite}/__init__.py", text, "keeps tests of equal names apart")
        else:
            meaning = (ast.get_docstring(ast.parse(text)) or "").rstrip(".")
            yield File(f"{suite}/{template.name}", text, meaning[:1].lower() + meaning[1:])


def _settings() -> str:
    """Every key of sdvbench.toml, commented out, with what ``pytest --help`` says of it."""
    from sdvbench.session.settings import HELP, Settings

    parts = ["# Settings of sdvbench. Remove the # in front of a key to change it; an option\n"]
    parts.append("# on the command line, such as --sdv-imgsz 320, takes precedence over its key.\n")
    for key, text in HELP.items():
        lines = textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)
        parts += ["\n", *(f"# {line}\n" for line in lines)]
        default = getattr(Settings, key)
        shown = EXAMPLES.get(key, "...") if default is None else default
        parts.append(f"# {key} = {_toml(shown)}\n")
    return "".join(parts)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int | float):
        return str(value)
    return f'"{value}"'


def _has_root(folder: Path) -> bool:
    """Whether pytest takes ``folder`` as the root of its runs already."""
    if any((folder / name).exists() for name in ("pytest.ini", ".pytest.ini", "pyproject.toml")):
        return True
    for name, section in (("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")):
        file = folder / name
        if file.is_file() and section in file.read_text(encoding="utf-8", errors="replace"):
            return True
    return (folder / "setup.py").exists()
