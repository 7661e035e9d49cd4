"""Figures: what was measured of a cell, ready to be judged, and with its verdict."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from msgspec import Struct

from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Status, Tier, Verdict
from sdvbench.metrics import named
from sdvbench.typed_json import ImageSize


class Recorded(Struct, frozen=True, kw_only=True):
    """A figure as JSON holds it.

    metric: the id of one of ``sdvbench.metrics``.
    imgsz, anchor, weights: what two figures of one cell must share to be comparable, beside the
        hardware class. anchor: id of the cell that stood in for the machine's speed. weights:
        "seeded", or the digest of the checkpoint.
    artifact: the engine's key in the store; figures of different artifacts are what is compared.
    shown: values for tables, units in their names.
    disturbed: why ``cost`` cannot be trusted, where it cannot.
    cost: what is compared with the accepted figure, higher is worse: time over the anchor's time,
        or mebibytes. None for figures that are held against limits.
    """

    cell: str
    metric: str
    imgsz: ImageSize
    anchor: str
    weights: str
    artifact: str = ""
    shown: Mapping[str, float]
    disturbed: str = ""
    cost: Estimate | None = None

    @property
    def name(self) -> str:
        """ "CELL METRIC"."""
        return f"{self.cell} {self.metric}"


class Figure(Recorded, frozen=True, kw_only=True):
    """One to be judged, with what its verdict rests on beside its record.

    paired: the verdict of running in turn with the accepted engine, where that could be had.
    limited: values held against the limits of the same names in [METRIC.PRECISION] of
        thresholds.toml. What [limits] there holds is held against ``shown``.
    intervals: at 95 %, of those of either that are estimates.
    signal: what the limited values are losses of, where they are losses.
    doubt: why the limited values say nothing, where they do not.
    cause: what may have made them worse, in words, for a verdict that is not PASS.
    """

    paired: Verdict | None = None
    limited: Mapping[str, float] = {}
    intervals: Mapping[str, tuple[float, float]] = {}
    signal: float | None = None
    doubt: str = ""
    cause: str = ""

    @property
    def relative(self) -> bool:
        """Whether ``cost`` is a share of the anchor's."""
        return named(self.metric).relative

    @property
    def recorded(self) -> Recorded:
        return Recorded(**_fields(self))

    def judged(self, verdict: Verdict, size: Mapping[str, int], task: str = "") -> "Judged":
        """size, task: as ``Judged`` has them."""
        known = self.intervals.items()
        return Judged(
            **_fields(self),
            size=size,
            task=task,
            intervals={name: between for name, between in known if all(map(isfinite, between))},
            status=verdict.status,
            reason=verdict.reason,
            change=verdict.change,
            tier=verdict.tier,
        )


class Judged(Recorded, frozen=True, kw_only=True):
    """One with its verdict. size: "macs" and "params" of the cell's model, where they were counted,
    and "artifact_bytes" of the files that its engine is loaded from, where that is known.
    task: of the cell's network. intervals: as ``Figure`` has them. The oldest files have neither of
    the last two.
    change: against the baseline, for tables; empty where nothing is.
    """

    size: Mapping[str, int] = {}
    task: str = ""
    intervals: Mapping[str, tuple[float, float]] = {}
    status: Status
    reason: str
    change: str
    tier: Tier | None = None


def _fields(figure: Recorded) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in Recorded.__struct_fields__}
