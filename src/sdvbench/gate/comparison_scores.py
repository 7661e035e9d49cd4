"""Accuracy and driving of two runs, whose changes are held against the limits of a build's losses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

from sdvbench.cells import Cell
from sdvbench.closed_loop.record import Driven, Drives, arrivals, growth, growth_unpaired, mean
from sdvbench.errors import MeasurementError
from sdvbench.gate.figures import Judged
from sdvbench.gate.results import Results
from sdvbench.gate.verdict import Status, Verdict, judge_limits
from sdvbench.metrics import named

# The largest loss that is allowed: of a metric and precision, by the names in thresholds.toml.
LimitsOf = Callable[[str, str, list[str]], Mapping[str, float]]

SAME_REFERENCE = 1e-3  # by so much, relatively, two fp32 engines may differ on the same images
ROUNDING = 1e-9


@dataclass(frozen=True)
class Change:
    """One figure in both runs, as texts, "-" where a run lacks it, and how much worse it has become.

    interval: at 95 %, where there is one.
    """

    name: str
    old: str
    new: str
    change: str
    interval: str
    verdict: Verdict


def compare_scores(old: Results, new: Results, limits: LimitsOf) -> list[Change]:
    """A line an accuracy, and two a cell that was driven, in the order of the new run."""
    then, now = old.scores, new.scores
    broken = {
        name: f"could not be used: {run.file}: {why}"
        for run in (old, new)
        for name, why in run.scores.unusable.items()
    }
    found = [
        _figure(old, new, name, limits)
        for name in dict.fromkeys([*now.figures, *then.figures])
        if name not in broken
    ]
    for name in dict.fromkeys([*now.drives, *then.drives]):
        found += [] if name in broken else _drives(old, new, name, limits)
    for name, reason in broken.items():
        found.append(Change(name, *"----", Verdict(Status.INCONCLUSIVE, reason)))
    return found


def _figure(old: Results, new: Results, name: str, limits: LimitsOf) -> Change:
    before, after = old.scores.figures.get(name), new.scores.figures.get(name)
    metric = named(name.partition(" ")[2])
    main = metric.values[0]
    values = [one and one.shown.get(main.shown) for one in (before, after)]
    texts = ["-" if value is None else main.told(value) for value in values]
    if before is None or after is None or values[0] is None or values[1] is None:
        return Change(name, *texts, "-", "-", _alone(old, new, before is None))
    try:
        lost = metric.lost(values[0], values[1])
    except MeasurementError as error:
        return Change(name, *texts, "-", "-", Verdict(Status.UNGATED, error.problem))
    loss = next(value for value in metric.values if value.shown == metric.loss)
    unlike = _unlike(before, after, ("imgsz", "weights")) or _references(before, after)
    if unlike or len(metric.limited) != 1:
        reason = unlike or "thresholds.toml says not how much of it may be lost"
        verdict = Verdict(Status.UNGATED, reason)
    else:
        limit = limits(metric.id, Cell.parse(after.cell).precision, list(metric.limited))
        (most,) = limit.values()
        exact = round(lost, 9)  # equal engines differ by nothing
        status = judge_limits({loss.shown: exact}, {loss.shown: most}).status
        reason = f"{loss.title} over {old.file} of {loss.told(lost)}, limit {loss.told(most)}, "
        verdict = Verdict(status, f"{reason}on the same images; how other images would do is not told")
    return Change(name, *texts, loss.told(lost), "-", verdict)


def _references(before: Judged, after: Judged) -> str:
    """What differs between the two engines that losses are against; empty where they score alike."""
    metric = named(after.metric)
    main, scores = metric.values[0], []
    for one in (before, after):
        value, loss = one.shown[main.shown], one.shown.get(metric.loss)
        if loss is None:
            return f"a figure lacks {metric.loss}, so that nothing tells whether images are the same"
        cost = main.cost(value)
        scores.append(main.cost(cost / (1 + loss) if metric.growth else cost - loss))
    if isclose(*scores, rel_tol=SAME_REFERENCE, abs_tol=ROUNDING):
        return ""
    told = " -> ".join(map(main.told, scores))
    return f"the fp32 reference scores {told}: other images, or another model"


def _drives(old: Results, new: Results, cell: str, limits: LimitsOf) -> Iterator[Change]:
    before, after = old.scores.drives.get(cell), new.scores.drives.get(cell)
    names = f"{cell} deviation", f"{cell} arrivals"
    runs = (before, after)
    means = [f"{mean(one.trips, 'deviation_mean_m')[0]:.3f} m" if one else "-" for one in runs]
    shares = [f"{arrivals(one.trips):.0%}" if one else "-" for one in runs]
    if before is None or after is None:
        verdict = _alone(old, new, before is None)
        yield Change(names[0], *means, "-", "-", verdict)
        yield Change(names[1], *shares, "-", "-", verdict)
        return
    allowed = limits("deviation", Cell.parse(cell).precision, ["growth_m", "arrivals_lost"])
    (more, low, high), how = _growth(before.trips, after.trips)
    lost = arrivals(before.trips) - arrivals(after.trips)
    grown = judge_limits({"growth_m": more}, allowed, {"growth_m": (low, high)})
    gone = judge_limits({"arrivals_lost": round(lost, 9)}, allowed)
    told = f"{how}; {after.pace}" if after.pace else how
    yield Change(
        names[0],
        *means,
        f"{more:+.3f} m",
        f"{low:+.3f} to {high:+.3f}",
        _doubted(old, new, (before, after), replace(grown, reason=f"{grown.reason}; {told}")),
    )
    lost_trips = replace(gone, reason=f"{gone.reason}; {told}")
    yield Change(
        names[1], *shares, f"{0.0 - lost:+.0%}", "-", _doubted(old, new, (before, after), lost_trips)
    )


def _growth(
    before: Sequence[Driven], after: Sequence[Driven]
) -> tuple[tuple[float, float, float], str]:
    """By how many metres the mean deviation has grown, with its interval, and how that was found."""
    then, now = ({trip.seed: trip for trip in trips} for trips in (before, after))
    if then.keys() == now.keys() and len(then) == len(before) == len(after):
        seeds = sorted(then)
        pairs = [now[seed] for seed in seeds], [then[seed] for seed in seeds]
        return growth(*pairs), f"{len(seeds)} pairs of trips with the same seeds"
    return growth_unpaired(after, before), (
        f"unpaired, since the seeds differ: {len(before)} trips, then {len(after)}"
    )


def _doubted(
    old: Results, new: Results, runs: tuple[Drives, Drives], verdict: Verdict
) -> Verdict:
    before, after = runs
    if unlike := _unlike(before, after, ("simulator", "laps", "cycle_ms", "slower")):
        return replace(verdict, status=Status.UNGATED, reason=unlike)
    for run, one in ((old, before), (new, after)):
        if one.doubt:
            return replace(verdict, status=Status.INCONCLUSIVE, reason=f"{run.file}: {one.doubt}")
    return verdict


def _alone(old: Results, new: Results, only_new: bool) -> Verdict:
    return Verdict(Status.UNGATED, f"is in {new.file if only_new else old.file} only")


def _unlike(before: object, after: object, names: Sequence[str]) -> str:
    told = [
        f"{name} {getattr(before, name)} -> {getattr(after, name)}"
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
    return f"differs in {', '.join(told)}" if told else ""
