"""``sdvbench drive setup``: make what a simulator needs and sdvbench does not bring."""

import argparse
import os
from typing import Any

from sdvbench.examples import show_examples


def add(actions: Any) -> None:
    """Add the action to ``actions``, argparse's, of ``sdvbench drive``."""
    setup = actions.add_parser("setup", help="make the environment that a simulator runs in")
    setup.add_argument("simulator", choices=["metadrive"], help="which one")
    setup.set_defaults(command=_setup)
    show_examples(setup, "sdvbench drive setup metadrive")


def _setup(options: argparse.Namespace) -> int:
    from sdvbench.simulators.metadrive.environment import VARIABLE, interpreter, set_up
    from sdvbench.simulators.metadrive.simulator import MetaDrive

    if os.environ.get(VARIABLE):
        python = interpreter()
        print(f"  {VARIABLE} is set, so {python} is taken, and nothing is installed", flush=True)
    else:
        python = set_up(lambda line: print(f"  {line}", flush=True))
    print("  starting it, to see whether it can draw here", flush=True)
    with MetaDrive() as simulator:
        height, width, _ = simulator.observe().shape
    print(f"{options.simulator} is ready: images of {width}x{height} from {python}")
    return 0
