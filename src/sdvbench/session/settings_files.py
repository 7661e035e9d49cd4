"""The files that hold settings: sdvbench.toml, and [tool.sdvbench] of pyproject.toml."""

import tomllib
from pathlib import Path
from typing import Any

from sdvbench.errors import OptionError


def settings_files(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """Names and contents of those in ``root``, the last one has the last word.

    Raises OptionError, naming the file.
    """
    found = []
    for file, path in (("pyproject.toml", ("tool", "sdvbench")), ("sdvbench.toml", ())):
        if not (root / file).is_file():
            continue
        try:
            content: Any = tomllib.loads((root / file).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise OptionError(
                root / file, f"cannot be read ({error.strerror})", "Fix it"
            ) from error
        except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, or not TOML
            raise OptionError(root / file, f"is not TOML ({error})", "Fix it") from error
        for part in path:
            content = content.get(part) if isinstance(content, dict) else content
        if content is None:
            continue
        if not isinstance(content, dict):
            name = ".".join(path)
            raise OptionError(root / file, f"{name} is not a table", f"Write it as [{name}]")
        found.append((file, content))
    return found


def settings_root(start: Path) -> Path:
    """The nearest of ``start`` and the folders above it that has such a file, up to the root of the
    repository; ``start`` itself where none has, and where there is no repository.
    """
    above = (start, *start.parents)
    top = next((place for place, folder in enumerate(above) if (folder / ".git").exists()), 0)
    return next((folder for folder in above[: top + 1] if settings_files(folder)), start)
