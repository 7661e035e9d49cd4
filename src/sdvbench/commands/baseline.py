"""``sdvbench baseline``: accepting figures, and looking at those that are accepted."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.commands import settings_of
from sdvbench.errors import BaselineError, OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.gate.baselines import Baselines


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    baseline = commands.add_parser("baseline", help="accepted figures")
    actions = baseline.add_subparsers(required=True, metavar="ACTION")
    show_examples(baseline, "sdvbench baseline list", "sdvbench baseline accept results.json")
    accept = actions.add_parser("accept", help="make a run's figures the accepted ones")
    accept.add_argument("results", type=Path, help="the run's --benchmark-json file")
    accept.add_argument("--only", default="", help="cells whose id contains this text")
    accept.add_argument(
        "--replace",
        action="store_true",
        help="also figures that were accepted at another image size or with other weights",
    )
    accept.set_defaults(command=_accept)
    show_examples(accept, "sdvbench baseline accept results.json --only yolov5s-PG")
    listing = actions.add_parser("list", help="the accepted figures, one line for each cell")
    listing.add_argument("cells", nargs="?", default="*", help="pattern, for example '*-W1-*'")
    listing.set_defaults(command=_list)
    show_examples(listing, "sdvbench baseline list", "sdvbench baseline list '*-W1-*'")
    show = actions.add_parser("show", help="all that is known of one cell's accepted figures")
    show.add_argument("cell", help="like yolov5s-PG-W1-int8-b1")
    show.set_defaults(command=_show)
    show_examples(show, "sdvbench baseline show yolov5s-PG-W1-int8-b1")
    drop = actions.add_parser("drop", help="forget accepted figures: their cells are UNGATED then")
    drop.add_argument("cells", help="a cell, or a pattern, for example '*-W1-*'")
    drop.set_defaults(command=_drop)
    show_examples(drop, "sdvbench baseline drop 'yolov5s-PS-*'")
    for action in (accept, listing, show, drop):
        action.add_argument("--baselines", type=Path, metavar="FOLDER")
    for action in (listing, show, drop):
        action.add_argument("--hardware", help="a hardware class (default: all that have a file)")


def _accept(options: argparse.Namespace) -> int:
    from sdvbench.gate.accept import accept

    folder = settings_of(options).baselines
    accepted, refused, file = accept(options.results, folder, options.only, options.replace)
    print(f"accepted {len(accepted)} figures into {file}")
    for reason in refused:
        print(f"not accepted: {reason}", file=sys.stderr)
    return 1 if refused else 0


def _list(options: argparse.Namespace) -> int:
    from sdvbench.gate.listing import listed

    for baselines in _baselines(options):
        print("\n".join([baselines.hardware_class, *listed(baselines, options.cells)]))
    return 0


def _show(options: argparse.Namespace) -> int:
    from sdvbench.gate.listing import shown

    found = [text for baselines in _baselines(options) for text in shown(baselines, options.cell)]
    if not found:
        remedy = "See `sdvbench baseline list`"
        folder = settings_of(options).baselines
        raise BaselineError(folder, f"holds no figures of {options.cell}", remedy)
    print("\n".join(found))
    return 0


def _drop(options: argparse.Namespace) -> int:
    dropped: list[str] = []
    for baselines in _baselines(options):
        gone = baselines.drop(options.cells)
        if gone:
            baselines.write()
        dropped += [f"dropped {c} {metric} of {baselines.hardware_class}" for c, metric in gone]
    if not dropped:
        folder = settings_of(options).baselines
        raise BaselineError(folder, f"holds no figures of {options.cells!r}")
    print("\n".join(dropped))  # once it is done: whoever reads this may leave at any line
    return 0


def _baselines(options: argparse.Namespace) -> "list[Baselines]":
    from sdvbench.gate.listing import files

    folder, wanted = settings_of(options).baselines, options.hardware
    every = files(folder)
    found = [b for b in every if wanted in (None, b.hardware_class)]
    if not found:
        remedy = f"Choose from {', '.join(b.hardware_class for b in every)}"
        raise OptionError(f"--hardware {wanted}", f"has no file in {folder}", remedy)
    return found
