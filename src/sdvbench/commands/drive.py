"""``sdvbench drive``: simulators, and data sets that are recorded in them."""

import argparse
from pathlib import Path
from typing import Any

from sdvbench.commands import drive_delay, drive_setup
from sdvbench.examples import show_examples


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    drive = commands.add_parser("drive", help="simulators, and data sets recorded in them")
    actions = drive.add_subparsers(required=True, metavar="ACTION")
    show_examples(drive, "sdvbench drive record circuit --out data/circuit --frames 4000")
    drive_setup.add(actions)
    drive_delay.add(actions)
    record = actions.add_parser("record", help="images and commands of a teacher that drives")
    record.add_argument(
        "simulator", metavar="SIMULATOR", help="like circuit, or circuit?road=3 for another road"
    )
    record.add_argument("--out", type=Path, required=True, help="a folder that is new or empty")
    record.add_argument("--frames", type=int, default=4000, help="how many images (4000)")
    record.add_argument("--seed", type=int, default=0, help="of drives and noise (0)")
    record.add_argument("--rate", type=float, default=20.0, help="images a second (20)")
    record.add_argument(
        "--noise",
        type=float,
        default=4.0,
        metavar="MPS2",
        help="the car is pushed aside now and then by up to so many m/s^2, so that the teacher is "
        "seen getting back; 0 for never (4)",
    )
    record.set_defaults(command=_record)
    show_examples(
        record,
        "sdvbench drive record circuit --out data/circuit --frames 4000",
        "sdvbench drive record 'circuit?road=3' --out data/circuit3 --seed 1 --noise 0",
    )


def _record(options: argparse.Namespace) -> int:
    from sdvbench import progress
    from sdvbench.datasets.summary import counted
    from sdvbench.simulators.opening import open_simulator
    from sdvbench.simulators.recording import Plan, record

    plan = Plan(options.frames, options.seed, options.rate, options.noise)
    with (
        open_simulator(options.simulator) as simulator,
        progress.heard_by(lambda step: print(f"  {step}", flush=True)),
    ):
        recorded = record(simulator, options.out, plan)
    (slowest, fastest), (right, left) = recorded.speed_mps, recorded.yaw_rate_radps
    print(
        f"{counted(recorded.frames, 'image')} of {counted(recorded.drives, 'drive')} "
        f"at {plan.rate_hz:g} Hz: "
        f"v {slowest:.1f} to {fastest:.1f} m/s, w {right:.2f} to {left:.2f} rad/s, "
        f"up to {recorded.farthest_off_m:.2f} m off the centre line; written: {options.out}"
    )
    return 0
