"""How well a trip was driven, in metres and seconds, and by the two ways of BehaviorMetrics."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from sdvbench.closed_loop.loop import Trip
from sdvbench.simulators.base import Road
from sdvbench.typed_json import NotNegative

EDGES = 10  # decisions at either end that JdeRobot's mean leaves out
STEP_M = 1.0  # of the perfect lap that is compared with the path


class Score(Struct, frozen=True, kw_only=True):
    """deviation_mean_m: over the road that was to be driven; what was not driven counts as the
        lane's half width, where a trip ends. deviation_max_m: of what was driven.
    deviation_total_m: added up at every metre driven; _per_km: over the kilometres driven.
    jderobot_mae: the "position deviation MAE" of BehaviorMetrics on Gazebo, the mean of 1000**d, d
        in metres from each point of a perfect lap to the path that was driven: 1 is perfect.
    completed: share of the road, at most 1. failed_s: when the car left its lane, else None.
    distance_m, speed_mps: along the road, and its mean.
    speed_change_mps, turn_change_radps: mean change from one command to the next, which
        BehaviorMetrics calls suddenness.
    frequency_hz: BehaviorMetrics' brain iteration frequency, one over the mean time of a decision,
        which leaves out the rest of the cycle; 0 where decisions take no time. decisions_hz: those
        really made a second. inference_ms: mean time of a decision, without the first and last ten.
    real_time_factor: seconds simulated in a second.
    """

    deviation_mean_m: NotNegative
    deviation_max_m: NotNegative
    deviation_total_m: NotNegative
    deviation_per_km_m: NotNegative
    jderobot_mae: float
    completed: NotNegative
    failed_s: float | None
    distance_m: NotNegative
    speed_mps: float
    speed_change_mps: float
    turn_change_radps: float
    frequency_hz: NotNegative
    decisions_hz: NotNegative
    inference_ms: NotNegative
    real_time_factor: NotNegative


def score(trip: Trip, road: Road) -> Score:
    """Of a trip on ``road``."""
    away = np.abs([truth.deviation_m for truth in trip.truths])
    along = road.length_m * np.array([truth.completed for truth in trip.truths])
    along = np.maximum.accumulate(np.maximum(along, 0.0))  # going back is no road
    distance = float(along[-1])
    total = float(np.trapezoid(away, along))
    edge = trip.truths[-1].half_width_m
    mean = (total + edge * max(trip.road_m - distance, 0.0)) / max(trip.road_m, distance)
    seconds = trip.truths[-1].time_s
    changes = np.abs(np.diff(trip.commands, axis=0)).mean(0) if len(trip.commands) > 1 else (0, 0)
    service = float(trip.services_s.mean())
    inner = trip.services_s[EDGES:-EDGES]
    return Score(
        deviation_mean_m=mean,
        deviation_max_m=float(away.max()),
        deviation_total_m=total,
        deviation_per_km_m=1e3 * total / distance if distance else 0.0,
        jderobot_mae=jderobot_mae(trip, road),
        completed=min(distance / trip.road_m, 1.0),
        failed_s=seconds if trip.end == "off the lane" else None,
        distance_m=distance,
        speed_mps=distance / seconds if seconds else 0.0,
        speed_change_mps=float(changes[0]),
        turn_change_radps=float(changes[1]),
        frequency_hz=1 / service if service else 0.0,
        decisions_hz=len(trip.commands) / seconds if seconds else 0.0,
        inference_ms=1e3 * float(inner.mean() if inner.size else service),
        real_time_factor=seconds / trip.wall_s,
    )


def jderobot_mae(trip: Trip, road: Road) -> float:
    """The mean of 1000**d over the part of a perfect lap that was driven.

    It is not in metres, and grows a thousandfold with each: report it beside these, never alone.
    """
    driven = min(max(truth.completed for truth in trip.truths), 1.0)
    lap = _at_every(STEP_M, road)
    lap = lap[: max(1, round(driven * len(lap)))]
    path = np.array([(truth.x_m, truth.y_m) for truth in trip.truths])
    return float(np.mean(1000.0 ** _distances(lap, path)))


def _at_every(metres: float, road: Road) -> NDArray[np.float64]:
    """(n, 2) points of the centre line, so far apart."""
    centre = np.vstack((road.centre_m, road.centre_m[:1])) if road.closed else road.centre_m
    at = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(centre, axis=0).T))))
    wanted = np.arange(0.0, at[-1], metres)
    return np.stack([np.interp(wanted, at, axis) for axis in centre.T], axis=1)


def _distances(points: NDArray[np.float64], path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) metres from each of (n, 2) points to the nearest of the lines between (m, 2)."""
    if len(path) == 1:
        near: NDArray[np.float64] = np.hypot(*(points - path[0]).T)
        return near
    starts, ways = path[:-1], np.diff(path, axis=0)
    lengths = np.maximum((ways**2).sum(1), 1e-12)
    found = np.empty(len(points))
    for index, point in enumerate(points):
        offset = point - starts
        share = np.clip((offset * ways).sum(1) / lengths, 0.0, 1.0)
        found[index] = np.sqrt(((offset - share[:, None] * ways) ** 2).sum(1).min())
    return found
