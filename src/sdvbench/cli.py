"""The command line: ``sdvbench doctor | build | baseline``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sdvbench.errors import SdvbenchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 where a part was refused, 2 for wrong input."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.command(options)
        return code
    except SdvbenchError as error:
        print(f"sdvbench: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sdvbench", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="what this machine can measure, and what it lacks")
    doctor.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    doctor.set_defaults(command=_doctor)
    build = commands.add_parser("build", help="build cells into the store")
    build.add_argument("cells", nargs="+", metavar="CELL", help="like yolov5s-PG-W1-int8-b1")
    build.add_argument("--weights", type=Path, help="checkpoint (default: seeded weights)")
    build.add_argument("--data", default="scenes", help="calibration images, as --sdv-data")
    build.add_argument("--device", default="cpu")
    build.add_argument("--imgsz", type=int, default=640)
    build.set_defaults(command=_build)
    baseline = commands.add_parser("baseline", help="accepted figures")
    actions = baseline.add_subparsers(required=True, metavar="ACTION")
    accept = actions.add_parser("accept", help="make a run's figures the accepted ones")
    accept.add_argument("results", type=Path, help="the run's --benchmark-json file")
    accept.add_argument("--baselines", type=Path, default=Path("baselines"), metavar="FOLDER")
    accept.add_argument("--only", default="", help="cells whose id contains this text")
    accept.set_defaults(command=_accept)
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from sdvbench.doctor import report

    print(report(options.device))
    return 0


def _build(options: argparse.Namespace) -> int:
    from sdvbench import progress
    from sdvbench.cells import Cell
    from sdvbench.pytest_plugin.settings import Settings
    from sdvbench.pytest_plugin.suite import Suite

    for text in options.cells:
        cell = Cell.parse(text)
        settings = Settings(
            model=(cell.model,),
            weights=options.weights,
            data=options.data,
            device=options.device,
            imgsz=options.imgsz,
            batch=(cell.batch,),
        )
        with progress.heard_by(lambda step: print(f"  {step}", flush=True)):
            artifact = Suite(settings).artifact(cell)
        print(f"{cell}: {'built' if artifact.built else 'in the store'}, {artifact.folder}")
    return 0


def _accept(options: argparse.Namespace) -> int:
    from sdvbench.gate.accept import accept

    accepted, refused, file = accept(options.results, options.baselines, options.only)
    print(f"accepted {len(accepted)} figures into {file}")
    for reason in refused:
        print(f"not accepted: {reason}; run it again when the machine is quiet", file=sys.stderr)
    return 1 if refused else 0
