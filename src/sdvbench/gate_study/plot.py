"""The trials as a picture."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sdvbench.errors import OptionError
from sdvbench.gate_study.antagonists import ANTAGONISTS
from sdvbench.gate_study.summary import wilson
from sdvbench.gate_study.trial import CONTROLS, Trial

# What is said of equal engines, and of slower ones: wrong, and right.
JUDGES = ("sdvbench", *(f"pytest-benchmark {name}" for name in CONTROLS))
COLOURS = ("#1b6ca8", "#d1495b", "#edae49")


def draw(trials: Iterable[Trial], file: Path) -> None:
    """Shares of FAIL with their intervals, by neighbours: equal engines, and 5 % slower ones.

    Raises OptionError where matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        problem = "needs matplotlib, which is not installed"
        raise OptionError(f"the picture {file}", problem, "pip install matplotlib") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    found: dict[tuple[float, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        found[trial.slow_down, trial.antagonist].append(trial)
    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    titles = {0.0: "equal engines: false alarms", 0.05: "5 % slower: caught"}
    for panel, (slow_down, title) in zip(panels, titles.items(), strict=True):
        names = [name for name in ANTAGONISTS if (slow_down, name) in found]
        for offset, (judge, colour) in enumerate(zip(JUDGES, COLOURS, strict=True)):
            _bars(panel, [found[slow_down, n] for n in names], judge, offset, colour)
        panel.set_title(title)
        panel.set_xticks([i + 0.27 for i in range(len(names))], names)
        panel.set_xlabel("neighbours")
    panels[0].set_ylabel("share of trials that FAIL, %")
    panels[0].legend(frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150)
    pyplot.close(figure)


def _bars(panel: Any, groups: list[list[Trial]], judge: str, offset: int, colour: str) -> None:
    for place, group in enumerate(groups):
        count = sum(_fails(trial, judge) for trial in group)
        share, (low, high) = count / len(group), wilson(count, len(group))
        x = place + 0.27 * offset
        label = judge if place == 0 else None
        panel.bar(x, 100 * share, 0.25, color=colour, label=label)
        # Rounding can put an end of the interval a hair beyond the share, which is drawn nowhere.
        errors = [[100 * max(share - low, 0)], [100 * max(high - share, 0)]]
        panel.errorbar(x, 100 * share, errors, color="black", linewidth=1, capsize=2)


def _fails(trial: Trial, judge: str) -> bool:
    if judge == "sdvbench":
        return trial.status == "FAIL"
    return trial.controls[judge.removeprefix("pytest-benchmark ")]
