"""Many runs: the series of each figure, and where it changed for good."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from sdvbench.gate.results import Result, Results

MIN_RUNS = 6
MIN_LENGTH = 2  # runs between two changes
MAD = 1.4826  # of the normal distribution: standard deviation over median absolute deviation
PENALTY = 3.0


def in_order(runs: Sequence[Results]) -> tuple[list[Results], str]:
    """The runs by their dates, those of one date as given, and a line about that order where it is
    not the one given. Where a date cannot be read, all stay as given, and the line says so.
    """
    times = [run.time for run in runs if run.time]
    if len(times) < len(runs):
        undated = next(run.file for run in runs if not run.time)
        told = f"the files are in the order given: {undated} has no date that can be read"
        return list(runs), told
    order = sorted(range(len(runs)), key=times.__getitem__)
    told = "" if order == sorted(order) else "the files were ordered by their dates"
    return [runs[place] for place in order], told


def series(runs: Sequence[Results]) -> dict[str, list[float | None]]:
    """Each figure's value in every run, in the order of the runs.

    None where a run lacks it, was disturbed, or measured it in another setting (image size,
    weights, anchor, timer) than the newest run that has it; ``gaps`` counts these.
    """
    return {
        name: [None if _gap(run, name, newest) else run.results[name].cost.value for run in runs]
        for name, newest in _newest(runs).items()
    }


def gaps(runs: Sequence[Results]) -> dict[str, int]:
    """Why values of ``series`` are None, each reason with the number of values."""
    found = (_gap(run, name, newest) for name, newest in _newest(runs).items() for run in runs)
    return dict(Counter(reason for reason in found if reason))


def change_points(values: Sequence[float | None]) -> list[int]:
    """Where the level of a series changes: indices of the first run of each new level.

    values: positive, in order of time; runs without one are left out.
    The level is piecewise constant in the logarithm; each change must pay for itself by 3 s^2 ln n
    of squared error, s taken from successive differences, so that drift of one level does not
    count as many. Fewer than 6 values have no change points. Pruned exact linear time search
    (Killick et al. 2012) by ruptures.
    """
    import ruptures

    places = [index for index, value in enumerate(values) if value is not None]
    if len(places) < MIN_RUNS:
        return []
    logs = np.array([math.log(values[place] or 1.0) for place in places])
    steps = np.diff(logs)
    spread = MAD * float(np.median(abs(steps - np.median(steps)))) / math.sqrt(2)
    penalty = PENALTY * max(spread, 1e-6) ** 2 * math.log(len(logs))
    found = ruptures.Pelt(model="l2", min_size=MIN_LENGTH, jump=1).fit_predict(logs, penalty)
    return [places[index] for index in found[:-1]]  # the last is the end of the series


def _newest(runs: Sequence[Results]) -> dict[str, Result]:
    """Each figure in the newest run that has it."""
    return {name: result for run in runs for name, result in run.results.items()}


def _gap(run: Results, name: str, newest: Result) -> str:
    """Why the figure ``name`` of ``run`` is not in its series; empty where it is."""
    if name in run.unusable:
        return "the figure could not be used"
    result = run.results.get(name)
    if result is None:
        return "the file does not hold the figure"
    keys = result.setting.keys() | newest.setting.keys()
    unlike = [key for key in keys if result.setting.get(key) != newest.setting.get(key)]
    if unlike:
        return f"{', '.join(sorted(unlike))}: not as in the newest run that holds the figure"
    if result.disturbed:
        return "other processes disturbed it, or it had too few rounds"
    return ""
