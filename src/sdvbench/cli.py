"""The command line: ``sdvbench COMMAND``."""

import argparse
import sys
from collections.abc import Sequence

from sdvbench import __version__
from sdvbench.commands import (
    baseline,
    build,
    compare,
    doctor,
    drive,
    gate_study,
    init,
    recover,
    report,
    store,
)
from sdvbench.commands.late import LateParser
from sdvbench.ending import ended
from sdvbench.errors import SdvbenchError
from sdvbench.examples import show_examples

DESCRIPTION = "Performance regression checks for pruned and quantized perception engines."
COMMANDS = (init, doctor, build, store, recover, drive, compare, baseline, report, gate_study)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 for FAIL or a part refused, 2 for wrong
    input, 3 for what is not clear under --strict, 130 after Ctrl-C."""
    return ended(lambda: _answered(arguments))


def _answered(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
        code: int = options.command(options)
        return code
    except SdvbenchError as error:
        print(f"sdvbench: {error}", file=sys.stderr)
    except OSError as error:  # a full disk, a folder that may not be written
        where = f"{error.filename}: " if error.filename else ""
        problem = error.strerror or type(error).__name__
        print(f"sdvbench: {where}{problem}. Fix that and run it again", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sdvbench", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"sdvbench {__version__}")
    show_examples(parser, "sdvbench doctor", "sdvbench compare old.json new.json")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=LateParser)
    for command in COMMANDS:
        command.add(commands)
    return parser
