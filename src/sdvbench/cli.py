"""The command line:
``sdvbench init | doctor | build | store | recover | compare | baseline | report | gate-study``.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sdvbench import __version__
from sdvbench.ending import ended
from sdvbench.errors import BaselineError, OptionError, SdvbenchError
from sdvbench.examples import show_examples
from sdvbench.init import command as initial
from sdvbench.recovery import command as recovery
from sdvbench.report import command as reporting
from sdvbench.store import command as storing

if TYPE_CHECKING:
    from sdvbench.gate.baselines import Baselines
    from sdvbench.gate.comparison import ToleranceOf
    from sdvbench.gate.verdict import Tier
    from sdvbench.gate_study.trial import Trial
    from sdvbench.pytest_plugin.settings import Settings

DESCRIPTION = "Performance regression checks for pruned and quantized perception engines."
TOLERANCE = 0.15  # of what thresholds.toml does not name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 for FAIL or a part refused, 2 for wrong
    input, 3 for what is not clear under --strict, 130 after Ctrl-C."""
    return ended(lambda: _answered(arguments))


def _answered(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    initial.add(commands)
    doctor = commands.add_parser("doctor", help="what this machine can measure, and what it lacks")
    doctor.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    doctor.set_defaults(command=_doctor)
    show_examples(doctor, "sdvbench doctor", "sdvbench doctor --device cuda")
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
    storing.add(commands)
    recovery.add(commands)
    compare = commands.add_parser(
        "compare", help="two benchmark JSON files, or the series of many in order of time"
    )
    compare.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="OLD.json NEW.json ..."
    )
    compare.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    compare.add_argument(
        "--tolerance",
        type=float,
        help="share by which any figure may be worse; what drifts between two runs of unchanged "
        "engines is in no interval, so not below that drift (default: by thresholds.toml, "
        f"{TOLERANCE} for what it does not name)",
    )
    compare.add_argument(
        "--baselines", type=Path, metavar="FOLDER", help="its thresholds.toml overrides sdvbench's"
    )
    compare.add_argument(
        "--strict", action="store_true", help="exit with 3 where anything is not clear"
    )
    compare.set_defaults(command=_compare)
    show_examples(
        compare,
        "sdvbench compare old.json new.json --strict",
        "sdvbench compare old.json new.json --format markdown",
        "sdvbench compare monday.json tuesday.json wednesday.json",
    )
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
    listing = actions.add_parser("list", help="what is accepted, a line a cell")
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
    reporting.add(commands)
    study = commands.add_parser(
        "gate-study", help="prove the gate: trials of known truth beside scripted neighbours"
    )
    study.add_argument("--scale", type=float, default=1.0, help="share of its 508 trials (1.0)")
    study.add_argument(
        "--out",
        type=Path,
        default=Path("results/gate-study.jsonl"),
        help="file of trials; those that it holds are not repeated (results/gate-study.jsonl)",
    )
    study.set_defaults(command=_study)
    show_examples(study, "sdvbench gate-study --scale 0.1 --out results/gate-study.jsonl")
    return parser


def _settings(options: argparse.Namespace) -> "Settings":
    """As a run of pytest in this folder has them, but for what the command line says."""
    from sdvbench.pytest_plugin.settings import HELP, read_settings

    given = {name: getattr(options, name, None) for name in HELP}
    return read_settings(Path.cwd(), {f"--{name}": value for name, value in given.items()})


def _doctor(options: argparse.Namespace) -> int:
    from sdvbench.doctor import report

    print(report(options.device))
    return 0


def _build(options: argparse.Namespace) -> int:
    from sdvbench import progress
    from sdvbench.cells import Cell
    from sdvbench.pytest_plugin.suite import Suite

    for text in options.cells:
        cell = Cell.parse(text)
        settings = replace(_settings(options), model=(cell.model,), batch=(cell.batch,))
        with progress.heard_by(lambda step: print(f"  {step}", flush=True)):
            artifact = Suite(settings).artifact(cell)
        print(f"{cell}: {'built' if artifact.built else 'in the store'}, {artifact.folder}")
    return 0


def _accept(options: argparse.Namespace) -> int:
    from sdvbench.gate.accept import accept

    folder = _settings(options).baselines
    accepted, refused, file = accept(options.results, folder, options.only, options.replace)
    print(f"accepted {len(accepted)} figures into {file}")
    for reason in refused:
        print(f"not accepted: {reason}", file=sys.stderr)
    return 1 if refused else 0


def _compare(options: argparse.Namespace) -> int:
    from sdvbench.gate.comparison import compare_runs, exit_code
    from sdvbench.gate.comparison_text import comparison, history
    from sdvbench.gate.results import read_results

    if len(options.files) < 2:
        raise OptionError(f"compare {options.files[0]}", "is one file", "Name two or more")
    runs = [read_results(file) for file in options.files]
    if len(runs) > 2:
        if options.strict or options.tolerance is not None:
            problem = "judge two runs, and a series has no verdict"
            raise OptionError("--strict and --tolerance", problem, "Name two files, or leave them")
        print(history(runs, options.format))
        return 0
    old, new = runs
    rows = compare_runs(old, new, _tolerance_of(options))
    print(comparison(old, new, rows, options.format))
    return exit_code(rows, options.strict)


def _tolerance_of(options: argparse.Namespace) -> "ToleranceOf":
    from sdvbench.gate.thresholds import Thresholds

    given = options.tolerance
    if given is not None:
        if not 0 <= given < math.inf:
            problem = "is not a number of 0 or more"
            raise OptionError(f"--tolerance {given}", problem, "Use for example 0.15")
        return lambda name, tier: float(given)
    folder = _settings(options).baselines
    if options.baselines and not folder.is_dir():
        raise OptionError(f"--baselines {folder}", "there is no such folder", "Name another")
    thresholds = Thresholds(folder)

    def find(name: str, tier: "Tier") -> float:
        cell, _, metric = name.partition(" ")
        named = thresholds.has(tier, metric, cell)
        return thresholds.tolerance(tier, metric, cell) if named else TOLERANCE

    return find


def _baselines(options: argparse.Namespace) -> "list[Baselines]":
    from sdvbench.gate.listing import files

    folder, wanted = _settings(options).baselines, options.hardware
    every = files(folder)
    found = [b for b in every if wanted in (None, b.hardware_class)]
    if not found:
        remedy = f"Choose from {', '.join(b.hardware_class for b in every)}"
        raise OptionError(f"--hardware {wanted}", f"has no file in {folder}", remedy)
    return found


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
        folder = _settings(options).baselines
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
        folder = _settings(options).baselines
        raise BaselineError(folder, f"holds no figures of {options.cells!r}")
    print("\n".join(dropped))  # once it is done: whoever reads this may leave at any line
    return 0


def _study(options: argparse.Namespace) -> int:
    from sdvbench.measurement.spinning import stop_idle_spinning

    stop_idle_spinning()
    from sdvbench.gate_study.plot import draw
    from sdvbench.gate_study.reading import read_trials
    from sdvbench.gate_study.study import plan, run_study
    from sdvbench.gate_study.summary import brief, table
    from sdvbench.store import Store

    if options.out.suffix != ".jsonl":
        problem = "is not a .jsonl file"
        raise OptionError(f"--out {options.out}", problem, "Name one; .md and .png go beside it")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    run_study(plan(options.scale), options.out, Store(), told=_told)
    trials = list(read_trials(options.out))
    text = f"{brief(trials)}\n{table(trials)}"
    options.out.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    draw(trials, options.out.with_suffix(".png"))
    return 0


def _told(done: int, total: int, trial: "Trial") -> None:
    ratio = "" if trial.ratio is None else f" {trial.ratio:.3f}"
    print(
        f"{done}/{total} {trial.engine}, {trial.antagonist}, {100 * trial.slow_down:.0f} % slower: "
        f"{trial.status}{ratio}",
        flush=True,
    )
