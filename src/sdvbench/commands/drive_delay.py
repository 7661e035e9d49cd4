"""``sdvbench drive delay``: deviation over latency, and the latency that is too much."""

import argparse
from collections.abc import Callable
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
    delay.add_argument(
        "simulators", nargs="+", metavar="SIMULATOR", help="like circuit, or metadrive?road=1"
    )
    delay.add_argument(
        "--model",
        action="append",
        default=[],
        help="a network that drives, in PyTorch; several with the option again (default: the "
        "simulator's teacher)",
    )
    delay.add_argument(
        "--weights",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="of the model; or embedded; of several models, in their order",
    )
    delay.add_argument("--trips", type=int, default=3, help="for each latency (3)")
    delay.add_argument(
        "--report", type=Path, metavar="FILE", help="FILE.html with a picture, or FILE.md"
    )
    delay.set_defaults(command=_delay)
    show_examples(
        delay,
        "sdvbench drive delay circuit",
        "sdvbench drive delay circuit --model pilotnet --weights embedded --report delay.html",
    )


def _delay(options: argparse.Namespace) -> int:
    from sdvbench.closed_loop.delays import curve, outcome, told
    from sdvbench.report.delays import Named, write
    from sdvbench.report.writing import check
    from sdvbench.simulators.opening import open_simulator, read_simulator

    if options.report:
        check(options.report)
    for text in options.simulators:  # all of them, before anything takes time
        kind, _ = read_simulator(text)
        if gap := kind.gap():
            raise OptionError(f"simulator {text}", gap.missing, f"To enable: {gap.enable}")
    drivers, found = _drivers(options), []
    for text in options.simulators:
        with open_simulator(text) as simulator:
            for name, driver in drivers.items():
                print(f"{name} in {simulator.identity}", flush=True)
                decide = driver(simulator)
                made = curve(
                    simulator, decide, options.trips, lambda one: print(told(one), flush=True)
                )
                print(outcome(made))
                found.append(Named(name, simulator.identity, made))
    if options.report:
        write(found, options.report)
        print(f"written: {options.report}")
    return 0


def _drivers(options: argparse.Namespace) -> "dict[str, Callable[[Simulator], Decide]]":
    """By a name for people; each is given the simulator that it drives in."""
    models, weights = options.model, options.weights
    if not models:
        if weights:
            problem = "belong to no model"
            raise OptionError(f"--weights {weights[0]}", problem, "Name it with --model")
        return {"teacher": lambda simulator: lambda image: simulator.teacher()}
    if len(weights) < len(models):
        problem = "has no weights, and seeded ones do not drive"
        remedy = "Give --weights FILE, or --weights embedded"
        raise OptionError(f"--model {models[len(weights)]}", problem, remedy)
    if len(weights) > len(models):
        problem = "belong to no model"
        raise OptionError(f"--weights {weights[len(models)]}", problem, "Name one with --model")
    names = models if len(set(models)) == len(models) else map("{} {}".format, models, weights)
    return {
        name: _driver(model, file) for name, model, file in zip(names, models, weights, strict=True)
    }


def _driver(name: str, weights: Path) -> "Callable[[Simulator], Decide]":
    from sdvbench.closed_loop.engine_driver import engine_driver
    from sdvbench.models import load_model
    from sdvbench.tasks import TASKS
    from sdvbench.workflows.build import build

    model = load_model(name, file_of(name, weights))
    task = TASKS[model.task]()
    if not task.drives:
        problem = f"cannot drive: its task is {model.task}"
        raise OptionError(f"--model {name}", problem, "Name pilotnet, for example")
    engine = build(model, "Wd")
    return lambda simulator: engine_driver(task, model, engine, simulator.commands)
