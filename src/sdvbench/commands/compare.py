"""``sdvbench compare``: two runs by the suite's tolerances, or the series of many."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.commands import settings_of
from sdvbench.errors import OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.gate.comparison import ToleranceOf
    from sdvbench.gate.thresholds import Thresholds
    from sdvbench.gate.verdict import Tier

TOLERANCE = 0.15  # of what thresholds.toml does not name


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    compare = commands.add_parser(
        "compare", help="two benchmark JSON files, or the series of many, ordered by their dates"
    )
    compare.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="OLD.json NEW.json ..."
    )
    compare.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    compare.add_argument(
        "--tolerance",
        type=float,
        help="share by which any figure may be worse, below 1 (0.15 is 15 %%); what drifts between "
        "two runs of unchanged engines is in no interval, so not below that drift (default: by "
        f"thresholds.toml, {TOLERANCE} for what it does not name); accuracy and driving are held "
        "against the limits there",
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


def _compare(options: argparse.Namespace) -> int:
    from sdvbench.gate.comparison import compare_runs, exit_code
    from sdvbench.gate.comparison_scores import compare_scores
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
    thresholds = _thresholds(options)
    rows = compare_runs(old, new, _tolerance_of(options, thresholds))
    changes = compare_scores(old, new, thresholds.limits, thresholds.limit)
    print(comparison(old, new, rows, changes, options.format))
    verdicts = [row.verdict for row in rows] + [change.verdict for change in changes]
    return exit_code(verdicts, options.strict)


def _thresholds(options: argparse.Namespace) -> "Thresholds":
    from sdvbench.gate.thresholds import Thresholds

    settings = settings_of(options)
    folder = settings.baselines
    if options.baselines and not folder.is_dir():
        raise OptionError(f"--baselines {folder}", "there is no such folder", "Name another")
    return Thresholds(folder, settings.models)


def _tolerance_of(options: argparse.Namespace, thresholds: "Thresholds") -> "ToleranceOf":
    from sdvbench.gate.threshold_keys import wrong_tolerance

    given = options.tolerance
    if given is not None:
        if wrong := wrong_tolerance(given):
            raise OptionError(f"--tolerance {given:g}", *wrong)
        return lambda name, tier: float(given)

    def find(name: str, tier: "Tier") -> float:
        cell, _, metric = name.partition(" ")
        named = thresholds.has(tier, metric, cell)
        return thresholds.tolerance(tier, metric, cell) if named else TOLERANCE

    return find
