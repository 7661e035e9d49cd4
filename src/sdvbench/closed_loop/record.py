"""What an engine's trips say, as JSON holds it, and how it compares with the reference's."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict, replace

from sdvbench.closed_loop.loop import End, Trip
from sdvbench.closed_loop.score import Score
from sdvbench.simulators.base import Road
from sdvbench.typed_json import Positive

KIND = "sdvbench.drive"
CONFIDENCE = 0.95
MATTERS = 0.5  # of a cycle: commands that come sooner are hardly late
PLACES = 3  # of metres in a path: millimetres
LANE_STEP_M = 2.0  # from one point of a drawn lane to the next


class Driven(Score, frozen=True, kw_only=True):
    """One trip. end: as ``Trip`` has it."""

    seed: int
    end: End


class Drives(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All trips of one engine.

    simulator: its identity. slower: what the recorded calls were multiplied by. services_ms: these
        calls, before that. path_m: x, y and deviation of the first trip's samples. lane_m: x and y
        of the lane's centre line, and half its width there; the oldest files have none.
    reference: the cell whose trips with the same seeds, without any delay, it is held against.
    growth_m: by how much its mean deviation is larger, with the interval at 95 %.
    disturbed: who used the processors while the calls were recorded.
    """

    cell: str
    simulator: str
    slower: Positive
    laps: float
    cycle_ms: float
    services_ms: list[float]
    trips: list[Driven]
    path_m: list[tuple[float, float, float]]
    lane_m: list[tuple[float, float, float]] = []
    reference: str | None = None
    growth_m: tuple[float, float, float] | None = None
    disturbed: str = ""

    def __post_init__(self) -> None:
        if len(self.trips) < 2 or not (self.path_m and self.services_ms):
            raise ValueError("has fewer than two trips, no path, or no recorded calls")

    @property
    def doubt(self) -> str:
        """Why what was driven says little: others disturbed the recorded calls, and some of these
        are so long that it matters. Empty where neither holds.
        """
        latest_ms = self.slower * max(self.services_ms)
        matters = self.disturbed and latest_ms > MATTERS * self.cycle_ms
        return f"{self.disturbed}; run again when it is quiet" if matters else ""

    @property
    def pace(self) -> str:
        """How late its commands were, in words; empty of calls that fit into a cycle."""
        took_ms = mean(self.trips, "inference_ms")[0]
        late = took_ms > self.cycle_ms
        if not late and self.slower == 1:
            return ""
        slowed = ""
        if self.slower != 1:
            recorded_ms = took_ms / self.slower
            slowed = f" ({recorded_ms:.2f} ms as recorded, times a factor of {self.slower:g})"
        than = "longer than" if late else "within"
        so = ", so that the car acts late on what it sees" if late else ""
        return (
            f"decisions took {took_ms:.0f} ms{slowed}, {than} the cycle of {self.cycle_ms:g} ms{so}"
        )

    def against(self, reference: str, growth_m: tuple[float, float, float]) -> "Drives":
        return replace(self, reference=reference, growth_m=growth_m)


def driven(trip: Trip, scored: Score) -> Driven:
    return Driven(seed=trip.seed, end=trip.end, **asdict(scored))


def path_m(trip: Trip) -> list[tuple[float, float, float]]:
    return [
        (round(t.x_m, PLACES), round(t.y_m, PLACES), round(t.deviation_m, PLACES))
        for t in trip.truths
    ]


def lane_m(road: Road) -> list[tuple[float, float, float]]:
    """As ``Drives`` has it; a closed road ends where it begins."""
    step = max(round(LANE_STEP_M * len(road.centre_m) / road.length_m), 1)
    found = [
        (round(float(x), 2), round(float(y), 2), round(float(half), 2))
        for (x, y), half in zip(road.centre_m, road.half_width_m, strict=True)
    ]
    ends = found[:1] if road.closed else found[-1:]
    return [*found[:-1:step], *ends]


def arrivals(trips: Sequence[Driven]) -> float:
    """The share of ``trips`` that arrived."""
    return sum(trip.end == "arrived" for trip in trips) / len(trips)


def no_measure(reference_arrivals: float) -> str:
    """Why a reference of which only so many trips arrive says nothing of others; else empty."""
    if reference_arrivals == 1:
        return ""
    return (
        f"the fp32 reference itself arrives in {reference_arrivals:.0%} of its trips, so that "
        "nothing can be held against it; give weights that drive this road, and images of the size "
        "that they know"
    )


def mean(trips: Sequence[Driven], name: str) -> tuple[float, float, float]:
    """Of one of the scores, none of which is below 0, with its interval at 95 % over trips."""
    middle, low, high = mean_with_interval([getattr(trip, name) for trip in trips])
    return middle, max(low, 0.0), high


def growth(trips: Sequence[Driven], reference: Sequence[Driven]) -> tuple[float, float, float]:
    """By how many metres the mean deviation is larger than the reference's, trip by trip of the
    same seed, with the interval at 95 %.

    Raises ValueError where the seeds differ.
    """
    if [trip.seed for trip in trips] != [trip.seed for trip in reference]:
        raise ValueError("trips of different seeds cannot be paired")
    pairs = zip(trips, reference, strict=True)
    return mean_with_interval([a.deviation_mean_m - b.deviation_mean_m for a, b in pairs])


def growth_unpaired(
    trips: Sequence[Driven], reference: Sequence[Driven]
) -> tuple[float, float, float]:
    """As ``growth``, of trips of any seeds, with Welch's interval.

    Raises ValueError for fewer than two trips.
    """
    values = [[trip.deviation_mean_m for trip in one] for one in (trips, reference)]
    if min(map(len, values)) < 2:
        raise ValueError("one value has no interval")
    from scipy.stats import ttest_ind

    middle = float(np.mean(values[0]) - np.mean(values[1]))
    if not any(np.ptp(one) for one in values):  # nothing varies
        return middle, middle, middle
    found = ttest_ind(*values, equal_var=False).confidence_interval(CONFIDENCE)
    return middle, float(found.low), float(found.high)


def mean_with_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Student's, at 95 %, of two values or more. Raises ValueError for fewer."""
    found: Any = np.asarray(values, np.float64)
    if len(found) < 2:
        raise ValueError("one value has no interval")
    middle = float(found.mean())
    from scipy.stats import t  # takes most of a second to import

    half = float(t.ppf((1 + CONFIDENCE) / 2, len(found) - 1) * found.std(ddof=1) / sqrt(len(found)))
    return middle, middle - half, middle + half
