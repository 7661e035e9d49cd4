"""``sdvbench drive delay``: deviation over latency, and the latency that is too much."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.commands import file_of
from sdvbench.errors import OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.closed_loop.loop import Decide
    from sdvbench.simulators.base import Simulator


def add(actions: Any) -> None:
    """Add the action to ``actions``, argparse's, of ``sdvbench drive``."""
    delay = actions.add_parser("delay", help="how late commands may be before the car is lost")
    delay.add_argument("simulator", metavar="SIMULATOR", help="like circuit, or metadrive?road=1")
    delay.add_argument("--model", help="a network that drives, in PyTorch (default: the teacher)")
    delay.add_argument("--weights", type=Path, metavar="FILE", help="of the model; or embedded")
    delay.add_argument("--trips", type=int, default=3, help="for each latency (3)")
    delay.set_defaults(command=_delay)
    show_examples(
        delay,
        "sdvbench drive delay circuit",
        "sdvbench drive delay circuit --model pilotnet --weights embedded",
    )


def _delay(options: argparse.Namespace) -> int:
    from sdvbench.closed_loop.delays import curve, told
    from sdvbench.simulators.opening import open_simulator

    with open_simulator(options.simulator) as simulator:
        decide = _driver(options, simulator)
        found = curve(simulator, decide, options.trips, lambda one: print(told(one), flush=True))
    if found.failing_s is None:
        print("every trip arrived, however late the commands were")
    elif not found.failing_s:
        print("not every trip arrived, even with commands that are never late")
    else:
        print(f"the car does not arrive from {1e3 * found.failing_s:.0f} ms on")
    return 0


def _driver(options: argparse.Namespace, simulator: "Simulator") -> "Decide":
    if options.model is None:
        if options.weights is not None:
            problem = "belong to no model"
            raise OptionError(f"--weights {options.weights}", problem, "Name it with --model")
        return lambda image: simulator.teacher()
    if options.weights is None:
        problem = "has no weights, and seeded ones do not drive"
        raise OptionError(
            f"--model {options.model}", problem, "Give --weights FILE, or --weights embedded"
        )
    from sdvbench.closed_loop.engine_driver import engine_driver
    from sdvbench.models import load_model
    from sdvbench.tasks import TASKS
    from sdvbench.workflows.build import build

    model = load_model(options.model, file_of(options.model, options.weights))
    task = TASKS[model.task]()
    if not task.drives:
        problem = f"cannot drive: its task is {model.task}"
        raise OptionError(f"--model {options.model}", problem, "Name pilotnet, for example")
    return engine_driver(task, model, build(model, "Wd"), simulator.commands)
