"""sAP and RTIA over the rate of the camera, as a picture."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sdvbench.errors import OptionError
from sdvbench.realtime.record import Record

# Okabe and Ito's, which colour-blind people can tell apart; markers and lines differ as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
ASIDE_HZ = 0.25  # so that intervals do not hide one another
SCORES = {
    "sap": "sAP: the newest result at the time of each frame",
    "rtia": "RTIA: each frame's own, in time",
}


def draw(records: Iterable[Record], file: Path) -> None:
    """Those of the records that have scores, all of one sequence: a row of panels a policy, a line
    a cell, with intervals at 95 %; faint, what the cell scores in no hurry.

    Raises OptionError where matplotlib is not installed, and where there is nothing to draw.
    """
    scored = [record for record in records if record.sap is not None]
    if not scored:
        remedy = "Run pytest accuracy -m realtime"
        raise OptionError(f"the picture {file}", "has no record with sAP to draw", remedy)
    try:
        import matplotlib
    except ImportError:
        problem = "needs matplotlib, which is not installed"
        raise OptionError(f"the picture {file}", problem, "pip install matplotlib") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    policies = list(dict.fromkeys(record.policy for record in scored))
    figure, rows = pyplot.subplots(
        len(policies),
        len(SCORES),
        figsize=(10, 0.6 + 3.4 * len(policies)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for policy, panels in zip(policies, rows, strict=True):
        for panel, score in zip(panels, SCORES, strict=True):
            _panel(panel, [record for record in scored if record.policy == policy], score)
            panel.set_title(f"{SCORES[score]}; {policy}", fontsize="medium")
        pseudo = any(record.truth == "pseudo" for record in scored)
        figures = " or ".join(dict.fromkeys(record.figure for record in scored))
        panels[0].set_ylabel(figures + (" against pseudo-truth" if pseudo else ""))
    highest = max(
        max(record.offline_map or 0.0, *_with_ends(record, score))
        for record in scored
        for score in SCORES
    )
    rows[0][0].set_ylim(-0.03 * highest, 1.05 * highest)  # of all: they share it
    figure.legend(*rows[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150)
    pyplot.close(figure)


def _panel(panel: Any, records: list[Record], score: str) -> None:
    cells: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.rate_hz):
        cells[record.cell].append(record)
    for number, found in enumerate(cells.values()):
        _line(panel, found, score, number)
    panel.set_xlabel("camera, Hz")
    panel.set_xticks(sorted({record.rate_hz for record in records}))
    panel.grid(alpha=0.3)


def _line(panel: Any, records: list[Record], score: str, number: int) -> None:
    style = number % len(COLOURS)
    rates = [record.rate_hz + ASIDE_HZ * number for record in records]
    told = [_with_ends(record, score) for record in records]
    # The bootstrap's percentiles can lie beside the value itself, where no bar can be drawn.
    below = [max(value - low, 0) for value, low, _ in told]
    above = [max(high - value, 0) for value, _, high in told]
    panel.errorbar(
        rates,
        [value for value, _, _ in told],
        [below, above],
        color=COLOURS[style],
        marker=MARKERS[style],
        linestyle=LINES[style],
        capsize=3,
        label=records[0].cell,
    )
    panel.axhline(records[0].offline_map, color=COLOURS[style], linewidth=0.8, alpha=0.35)


def _with_ends(record: Record, score: str) -> tuple[float, float, float]:
    """The score and the ends of its interval."""
    value: float = getattr(record, score)
    low, high = getattr(record, f"{score}_interval")
    return value, low, high
