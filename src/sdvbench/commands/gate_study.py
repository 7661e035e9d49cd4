"""``sdvbench gate-study``: the gate's verdicts in trials whose truth is known."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.errors import OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.gate_study.trial import Trial


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
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
