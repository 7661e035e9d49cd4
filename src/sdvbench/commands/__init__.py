"""The commands of the command line, a file each: ``add`` gives argparse its words.

What a command needs is imported when it runs, so that ``sdvbench --help`` is quick.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sdvbench import embedded
from sdvbench.cells import UNPRUNED
from sdvbench.errors import OptionError

if TYPE_CHECKING:
    from sdvbench.session.settings import Settings


def settings_of(options: argparse.Namespace) -> "Settings":
    """As a run of pytest in this repository has them, but for what the command line says."""
    from sdvbench.session.settings import HELP, read_settings
    from sdvbench.session.settings_files import settings_root

    given = {name: getattr(options, name, None) for name in HELP}
    root = settings_root(Path.cwd())
    return read_settings(root, {f"--{name}": value for name, value in given.items()})


def file_of(model: str, weights: Path | None) -> Path | None:
    """``weights``, or, where that is the word for it, the file of ``model`` that comes with
    sdvbench. Raises OptionError where none does.
    """
    from sdvbench.session.settings import EMBEDDED

    if weights is None or str(weights) != EMBEDDED:
        return weights
    file = embedded.FOLDER / f"{model}-{UNPRUNED}.safetensors"
    if not file.is_file():
        known = ", ".join(
            sorted(f.stem.partition("-")[0] for f in embedded.FOLDER.glob("*-orig.*"))
        )
        problem = f"sdvbench comes with no weights of {model}"
        raise OptionError(f"--weights {weights}", problem, f"Give a file, or choose from {known}")
    return file
