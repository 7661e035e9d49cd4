"""``sdvbench build``: cells into the store, without a test."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdvbench.commands import settings_of
from sdvbench.examples import show_examples


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    build = commands.add_parser("build", help="build cells into the store")
    build.add_argument("cells", nargs="+", metavar="CELL", help="like yolov5s-PG-W1-int8-b1")
    build.add_argument("--weights", type=Path, help="checkpoint (default: seeded weights)")
    build.add_argument("--data", help="as --sdv-data")
    build.add_argument("--calibration", help="as --sdv-calibration")
    build.add_argument("--device", help="as --sdv-device")
    build.add_argument("--imgsz", help="as --sdv-imgsz")
    build.add_argument("--store", type=Path, help="as --sdv-store")
    build.set_defaults(command=_build)
    show_examples(build, "sdvbench build yolov5n-orig-W1-fp32-b1 --imgsz 320")


def _build(options: argparse.Namespace) -> int:
    from sdvbench import progress
    from sdvbench.cells import Cell
    from sdvbench.errors import BuildError
    from sdvbench.session.given_paths import check_paths
    from sdvbench.session.suite import Suite

    for text in options.cells:
        cell = Cell.parse(text)
        settings = replace(settings_of(options), model=(cell.model,), batch=(cell.batch,))
        settings = replace(settings, pruning=(cell.pruning,))
        with progress.heard_by(lambda step: print(f"  {step}", flush=True)):
            suite = Suite(settings)
            check_paths(settings, suite.store)
            if gap := suite.gap(cell):
                raise BuildError(cell, gap.missing, f"To enable: {gap.enable}")
            artifact = suite.artifact(cell)
        print(f"{cell}: {'built' if artifact.built else 'in the store'}, {artifact.folder}")
    return 0
