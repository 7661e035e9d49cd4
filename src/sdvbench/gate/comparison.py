"""Two runs against each other, figure by figure."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sdvbench.gate.libraries import differing
from sdvbench.gate.results import Result, Results
from sdvbench.gate.stats import Estimate, false_discovery
from sdvbench.gate.verdict import Status, Tier, Verdict, judge_stored

# The share by which a figure, by its name, may be worse when it is held against such a tier.
ToleranceOf = Callable[[str, Tier], float]

RATE = 0.05  # of FAILs that may be false, over many comparisons


@dataclass(frozen=True)
class Row:
    """One figure in both runs; None where a run lacks it, or it could not be used."""

    name: str
    old: Result | None
    new: Result | None
    verdict: Verdict


def compare_runs(old: Results, new: Results, tolerance_of: ToleranceOf) -> list[Row]:
    """A row a figure of either run, in the order of the new one.

    FAIL where a figure's whole interval is beyond its tolerance and Benjamini-Hochberg, over all
    that passed or failed, lets it stand. The runs were not measured in turn: what drifted between
    them is in no interval.
    """
    rows = []
    for name in dict.fromkeys([*new.results, *new.unusable, *old.results, *old.unusable]):
        before, after = old.results.get(name), new.results.get(name)
        rows.append(Row(name, before, after, _verdict(old, new, name, tolerance_of)))
    return _corrected(rows, tolerance_of)


def differences(old: Results, new: Results) -> list[str]:
    """What else differs between the runs, a line each."""
    found = []
    if old.hardware != new.hardware:
        found.append(f"hardware differs: {old.hardware} -> {new.hardware}")
    for library in sorted(old.libraries.keys() | new.libraries.keys()):
        then, now = old.libraries.get(library), new.libraries.get(library)
        if then != now:
            found.append(f"{library} differs: {then or 'absent'} -> {now or 'absent'}")
    return found


def exit_code(verdicts: Iterable[Verdict], strict: bool) -> int:
    """1 where anything fails, 3 where ``strict`` and anything is not clear, else 0."""
    found = {verdict.status for verdict in verdicts}
    if Status.FAIL in found:
        return 1
    return 3 if strict and found & {Status.INCONCLUSIVE, Status.UNGATED} else 0


def _verdict(old: Results, new: Results, name: str, tolerance_of: ToleranceOf) -> Verdict:
    unusable = [f"{run.file}: {run.unusable[name]}" for run in (old, new) if name in run.unusable]
    if unusable:
        return Verdict(Status.INCONCLUSIVE, f"could not be used: {'; '.join(unusable)}")
    before, after = old.results.get(name), new.results.get(name)
    if before is None or after is None:
        there = old.file if after is None else new.file
        return Verdict(Status.UNGATED, f"is in {there} only")
    ratio = Estimate(
        after.cost.value / before.cost.value,
        after.cost.low / before.cost.high,
        after.cost.high / before.cost.low,
    )
    tier = Tier.ANCHOR if "anchor" in after.setting else Tier.ABSOLUTE
    verdict = judge_stored(ratio, tolerance_of(name, tier), f"that of {old.file}", tier)
    unlike = [
        f"{key} {then} -> {after.setting.get(key)}"
        for key, then in before.setting.items()
        if then != after.setting.get(key)
    ]
    if old.hardware != new.hardware:
        unlike.append("hardware")
    cells = name.partition(" ")[0], str(after.setting.get("anchor"))
    if tier is Tier.ANCHOR and differing(old.libraries, new.libraries, *cells):
        unlike.append("libraries, and the anchor may have changed with them")
    if unlike:
        return replace(verdict, status=Status.UNGATED, reason=f"differs in {', '.join(unlike)}")
    for run, result in ((old, before), (new, after)):
        if result.disturbed:
            reason = f"{run.file}: {result.disturbed}"
            return replace(verdict, status=Status.INCONCLUSIVE, reason=reason)
    same = before.artifact and before.artifact == after.artifact
    if tier is Tier.ANCHOR and same and verdict.status is Status.FAIL:
        reason = f"{verdict.reason}; but both ran the same engine, byte for byte"
        return replace(verdict, status=Status.INCONCLUSIVE, reason=reason)
    return verdict


def _corrected(rows: list[Row], tolerance_of: ToleranceOf) -> list[Row]:
    compared = [row for row in rows if row.verdict.status in (Status.PASS, Status.FAIL)]
    stands = false_discovery([_p_value(row, tolerance_of) for row in compared], RATE)
    doubtful = {
        row.name
        for row, stood in zip(compared, stands, strict=True)
        if row.verdict.status is Status.FAIL and not stood
    }
    return [_doubted(row) if row.name in doubtful else row for row in rows]


def _doubted(row: Row) -> Row:
    reason = f"{row.verdict.reason}; of so many comparisons one may look so by chance"
    return replace(row, verdict=replace(row.verdict, status=Status.INCONCLUSIVE, reason=reason))


def _p_value(row: Row, tolerance_of: ToleranceOf) -> float:
    """Of a ratio within the tolerance, by the normal distribution of its interval."""
    verdict = row.verdict
    assert verdict.tier is not None
    assert verdict.ratio is not None
    assert verdict.interval is not None
    low, high = verdict.interval
    spread = math.log(high / low) / (2 * 1.96)
    distance = math.log(verdict.ratio / (1 + tolerance_of(row.name, verdict.tier)))
    if not spread:
        return 0.0 if distance > 0 else 1.0
    return 0.5 * math.erfc(distance / spread / math.sqrt(2))
