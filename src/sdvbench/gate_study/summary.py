"""What the trials say: false alarms and power, with how sure one can be of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from sdvbench.gate.stats import CONFIDENCE
from sdvbench.gate_study.study import CONTENDERS, SLOW
from sdvbench.gate_study.trial import CONTROLS, Trial
from sdvbench.tables import markdown

STATUSES = ("FAIL", "PASS", "INCONCLUSIVE")


def wilson(count: int, total: int) -> tuple[float, float]:
    """The interval of a share at 95 %. Source: E. B. Wilson, 1927.

    Raises ValueError where there is no trial.
    """
    if not 0 <= count <= total or not total:
        raise ValueError(f"{count} of {total} is no share")
    from scipy.stats import binomtest  # takes most of a second to import

    found = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def table(trials: Iterable[Trial]) -> str:
    """Markdown: a row for each slow-down, neighbours and engine."""
    return _table(
        ("slow-down", "neighbours", "engine"),
        trials,
        lambda trial: (_percent(trial), trial.antagonist, trial.engine),
    )


def brief(trials: Iterable[Trial]) -> str:
    """Markdown: a row for each slow-down and whether neighbours left the engines a core."""
    return _table(
        ("slow-down", "neighbours"), trials, lambda trial: (_percent(trial), _situation(trial))
    )


def _table(
    heads: Sequence[str], trials: Iterable[Trial], key: Callable[[Trial], tuple[str, ...]]
) -> str:
    groups: dict[tuple[str, ...], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[key(trial)].append(trial)
    columns = ("trials", *STATUSES, "s a pair", *(f"pytest-benchmark {name}" for name in CONTROLS))
    rows = []
    for names, found in sorted(groups.items()):
        counts = [sum(trial.status == status for trial in found) for status in STATUSES]
        counts += [sum(trial.controls[name] for trial in found) for name in CONTROLS]
        cells = [_share(count, len(found)) for count in counts]
        cells.insert(len(STATUSES), f"{sum(trial.pair_s for trial in found) / len(found):.1f}")
        rows.append([*names, str(len(found)), *cells])
    return markdown([*heads, *columns], rows)


def _percent(trial: Trial) -> str:
    return f"{100 * trial.slow_down:.0f} %"


def _situation(trial: Trial) -> str:
    if trial.engine == SLOW.name:
        return "none; a call takes 100 ms"
    if trial.antagonist == "quiet":
        return "none"
    engine = next((c for c in CONTENDERS if c.name == trial.engine), SLOW)
    return "leave a core" if engine.has_its_cores(trial.antagonist) else "leave no core"


def _share(count: int, total: int) -> str:
    low, high = wilson(count, total)
    return f"{count} ({100 * low:.0f} to {100 * high:.0f} %)"
