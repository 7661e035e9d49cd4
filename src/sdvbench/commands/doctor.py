"""``sdvbench doctor``: what this machine can measure, and what it lacks."""

import argparse
from typing import Any

from sdvbench.examples import show_examples


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    doctor = commands.add_parser("doctor", help="what this machine can measure, and what it lacks")
    doctor.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    doctor.set_defaults(command=_doctor)
    show_examples(doctor, "sdvbench doctor", "sdvbench doctor --device cuda")


def _doctor(options: argparse.Namespace) -> int:
    from sdvbench.doctor import report

    print(report(options.device))
    return 0
