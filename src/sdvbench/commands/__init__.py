"""The commands of the command line, a file each: ``add`` gives argparse its words.

What a command needs is imported when it runs, so that ``sdvbench --help`` is quick.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdvbench.session.settings import Settings


def settings_of(options: argparse.Namespace) -> "Settings":
    """As a run of pytest in this repository has them, but for what the command line says."""
    from sdvbench.session.settings import HELP, read_settings
    from sdvbench.session.settings_files import settings_root

    given = {name: getattr(options, name, None) for name in HELP}
    root = settings_root(Path.cwd())
    return read_settings(root, {f"--{name}": value for name, value in given.items()})
