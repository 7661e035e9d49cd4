"""The class names of a detector in a file: as the user gives them, else by the file's metadata."""

import ast
from pathlib import Path
from warnings import catch_warnings

from sdvbench.errors import CheckpointError, NetworkFileError
from sdvbench.models.class_names import class_names
from sdvbench.models.given_files import GivenFile
from sdvbench.network_files import NetworkFile

LONGEST = 200_000  # characters; what is read as Python takes 100 times as many bytes meanwhile
INSTEAD = "Name them yourself, with names=FILE that has the name of a class a line"


def class_names_of(given: GivenFile, file: NetworkFile) -> tuple[str, ...] | None:
    """None where neither says them, and of a network that is no detector.

    Raises NetworkFileError for names that cannot be read: without them, the classes would be taken
    to be in the data set's order.
    """
    if given.task != "detection":
        return None
    if given.names is not None:
        return _in_lines(given.names)
    return _in_metadata(file) if file.class_names else None


def _in_lines(path: Path) -> tuple[str, ...]:
    """A name a line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        remedy = "Write the name of a class a line, in the order of the outputs"
        raise NetworkFileError(path, f"cannot be read ({why})", remedy) from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise NetworkFileError(path, "names no class", "Write the name of a class a line")
    return names


def _in_metadata(file: NetworkFile) -> tuple[str, ...] | None:
    """Ultralytics's exporter writes a dictionary as Python prints it, {0: 'person', 1: 'bicycle'};
    literals alone are read.
    """
    thing = f"{file.path}: the class names in its metadata"
    if len(file.class_names) > LONGEST:
        problem = f"have {len(file.class_names):,} characters, more than {LONGEST:,}"
        raise NetworkFileError(thing, problem, INSTEAD)
    try:
        with catch_warnings(action="ignore"):  # of odd literals
            content = ast.literal_eval(file.class_names.strip())
        names = class_names(file.path, {"names": content})
    except CheckpointError as error:
        raise NetworkFileError(thing, error.problem, INSTEAD) from None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        problem = "are no list or dictionary of names as Python prints it"
        raise NetworkFileError(thing, problem, INSTEAD) from None
    if names and not all(name.isprintable() for name in names):
        raise NetworkFileError(thing, "hold one that cannot be printed", INSTEAD)
    return names
