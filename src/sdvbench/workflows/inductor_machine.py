"""The C++ compiler, which AOTInductor's packages depend on."""

import os
import shutil
import subprocess
from functools import cache


def compiler() -> str:
    """The command that Inductor calls."""
    return os.environ.get("CXX") or next(filter(shutil.which, ("g++", "c++")), "g++")


@cache
def compiler_version(command: str) -> str:
    """The first line of what the compiler says of itself; empty where it says nothing."""
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    return told.stdout.partition("\n")[0]
