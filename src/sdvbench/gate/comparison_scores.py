"""Accuracy and driving of two runs: changes, held against the limits of what a build may lose."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

from sdvbench.cells import Cell
from sdvbench.closed_loop.record import Driven, Drives, arrivals, growth, growth_unpaired, mean
from sdvbench.errors import MeasurementError
from sdvbench.gate.figures import Judged
from sdvbench.gate.libraries import differing
from sdvbench.gate.results import Results
from sdvbench.gate.verdict import Status, Verdict, judge_limits
from sdvbench.metrics import named

# The largest loss that is allowed: of a metric and precision, by the names in thresholds.toml, and,
# under [limits] there, of a value and cell.
LimitsOf = Callable[[str, str, list[str]], Mapping[str, float]]
LimitOf = Callable[[str, str], float | None]

SAME_REFERENCE = 1e-3  # by so much, relatively, two fp32 engines may differ on the same images
ROUNDING = 1e-9


@dataclass(frozen=True)
class Change:
    """One figure in both runs, as texts, "-" where a run lacks it, and how it has changed.

    interval: at 95 %, where there is one.
    """

    name: str
    old: str
    new: str
    change: str
    interval: str
    verdict: Verdict


def compare_scores(old: Results, new: Results, limits: LimitsOf, limit: LimitOf) -> list[Change]:
    """A line an accuracy, and two a cell that was driven, in the order of the new run."""
    then, now = old.scores, new.scores
    broken = {
        name: f"could not be used: {run.file}: {why}"
        for run in (old, new)
        for name, why in run.scores.unusable.items()
    }
    found = [
        _figure(old, new, name, limits, limit)
        for name in dict.fromkeys([*now.figures, *then.figures])
        if name not in broken
    ]
    for name in dict.fromkeys([*now.drives, *then.drives]):
        found += [] if name in broken else _drives(old, new, name, limits)
    for name, reason in broken.items():
        found.append(Change(name, "-", "-", "-", "-", Verdict(Status.INCONCLUSIVE, reason)))
    return found


def _figure(old: Results, new: Results, name: str, limits: LimitsOf, limit: LimitOf) -> Change:
    before, after = old.scores.figures.get(name), new.scores.figures.get(name)
    metric = named(name.partition(" ")[2])
    main = metric.values[0]
    then, now = (one.shown.get(main.shown) if one else None for one in (before, after))
    was, is_ = ("-" if value is None else main.told(value) for value in (then, now))
    if before is None or after is None:
        return Change(name, was, is_, "-", "-", _alone(old, new, before is None))
    if then is None or now is None:
        lacking = [str(run.file) for run, value in ((old, then), (new, now)) if value is None]
        reason = " and ".join(f"{file} has no {main.shown}" for file in lacking)
        return Change(name, was, is_, "-", "-", Verdict(Status.UNGATED, reason))
    try:
        lost = metric.lost(then, now)
    except MeasurementError as error:
        return Change(name, was, is_, "-", "-", Verdict(Status.UNGATED, error.problem))
    loss = next(value for value in metric.values if value.shown == metric.loss)
    unlike = _unlike(before, after, ("imgsz", "weights")) or _references(before, after)
    most = None
    if not unlike and len(metric.limited) == 1:
        (most,) = limits(metric.id, Cell.parse(after.cell).precision, [*metric.limited]).values()
    elif not unlike:
        most = limit(loss.name, after.cell)
    if unlike or most is None:
        reason = unlike or f"thresholds.toml has no limit of {loss.name} for it"
        verdict = Verdict(Status.UNGATED, reason)
    else:
        exact = round(lost, 9)  # equal engines differ by nothing
        status = judge_limits({loss.shown: exact}, {loss.shown: most}).status
        reason = f"{loss.title} over {old.file} of {loss.told(lost)}, limit {loss.told(most)}, "
        verdict = Verdict(status, f"{reason}on the same images; it says nothing about other images")
    return Change(name, was, is_, loss.told(lost), "-", verdict)


def _references(before: Judged, after: Judged) -> str:
    """How the two engines differ that losses are against; empty where they score alike."""
    metric = named(after.metric)
    main, scores = metric.values[0], []
    for one in (before, after):
        value, loss = one.shown[main.shown], one.shown.get(metric.loss)
        if loss is None:
            return (
                f"a figure lacks {metric.loss}, so that nothing tells whether images are the same"
            )
        if metric.growth and loss <= -1:  # of any reference, 0 is 100 % less
            return (
                f"a figure's {metric.loss} is {loss:g}, so nothing tells what the reference scores"
            )
        cost = main.cost(value)
        scores.append(main.cost(cost / (1 + loss) if metric.growth else cost - loss))
    if isclose(*scores, rel_tol=SAME_REFERENCE, abs_tol=ROUNDING):
        return ""
    told = " -> ".join(map(main.told, scores))
    return f"the fp32 reference scores {told}: other images, or another model"


def _drives(old: Results, new: Results, cell: str, limits: LimitsOf) -> Iterator[Change]:
    before, after = old.scores.drives.get(cell), new.scores.drives.get(cell)
    if before is None or after is None:
        verdict = _alone(old, new, before is None)
        deviation, arrived = verdict, verdict
        more, sure, lost = "-", "-", "-"
    else:
        titles = named("deviation").limited
        allowed = limits("deviation", Cell.parse(cell).precision, list(titles))
        (growth_m, *ends), how = _growth(before.trips, after.trips)
        gone = arrivals(before.trips) - arrivals(after.trips)
        how = f"{how}; {after.pace}" if after.pace else how
        between = {"growth_m": (ends[0], ends[1])}
        deviation = judge_limits({"growth_m": growth_m}, allowed, between, titles)
        arrived = judge_limits({"arrivals_lost": round(gone, 9)}, allowed, titles=titles)
        deviation, arrived = (
            _doubted(old, new, before, after, replace(one, reason=f"{one.reason}; {how}"))
            for one in (deviation, arrived)
        )
        more, sure = f"{growth_m:+.3f} m", f"{ends[0]:+.3f} to {ends[1]:+.3f}"
        lost = f"{0.0 - gone:+.0%}"
    mean_then, mean_now = map(_mean, (before, after))
    share_then, share_now = map(_share, (before, after))
    yield Change(f"{cell} deviation", mean_then, mean_now, more, sure, deviation)
    yield Change(f"{cell} arrivals", share_then, share_now, lost, "-", arrived)


def _mean(drives: Drives | None) -> str:
    return f"{mean(drives.trips, 'deviation_mean_m')[0]:.3f} m" if drives else "-"


def _share(drives: Drives | None) -> str:
    return f"{arrivals(drives.trips):.0%}" if drives else "-"


def _growth(
    before: Sequence[Driven], after: Sequence[Driven]
) -> tuple[tuple[float, float, float], str]:
    """By how many metres the mean deviation has grown, with its interval, and how it was found."""
    then, now = ({trip.seed: trip for trip in trips} for trips in (before, after))
    if then.keys() == now.keys() and len(then) == len(before) == len(after):
        seeds = sorted(then)
        pairs = [now[seed] for seed in seeds], [then[seed] for seed in seeds]
        return growth(*pairs), f"{len(seeds)} pairs of trips with the same seeds"
    return growth_unpaired(after, before), (
        f"unpaired, since the seeds differ: {len(before)} trips, then {len(after)}"
    )


def _doubted(
    old: Results, new: Results, before: Drives, after: Drives, verdict: Verdict
) -> Verdict:
    unlike = _unlike(before, after, ("simulator", "laps", "cycle_ms", "slower"))
    if unlike := unlike or _circumstances(old, new, after.cell):
        return replace(verdict, status=Status.UNGATED, reason=unlike)
    for run, one in ((old, before), (new, after)):
        if one.doubt:
            return replace(verdict, status=Status.INCONCLUSIVE, reason=f"{run.file}: {one.doubt}")
    return verdict


def _circumstances(old: Results, new: Results, cell: str) -> str:
    """How machine, libraries, images or weights differ; empty where they do not. Commands are as
    late as calls take, so that trips depend on the first two.
    """
    if old.hardware != new.hardware:
        return f"differs in hardware {old.hardware} -> {new.hardware}"
    if libraries := differing(old.libraries, new.libraries, cell):
        return f"differs in libraries: {', '.join(libraries)}"
    before, after = (run.scores.others.get(f"{cell} deviation") for run in (old, new))
    for run, figure in ((old, before), (new, after)):
        if figure is None:
            return f"{run.file} has no record of the deviation, so its weights are unknown"
    return _unlike(before, after, ("imgsz", "weights"))


def _alone(old: Results, new: Results, only_new: bool) -> Verdict:
    return Verdict(Status.UNGATED, f"is in {new.file if only_new else old.file} only")


def _unlike(before: object, after: object, names: Sequence[str]) -> str:
    told = [
        f"{name} {getattr(before, name)} -> {getattr(after, name)}"
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
    return f"differs in {', '.join(told)}" if told else ""
