"""The table of the trips, one line per cell, and the meaning of its columns."""

from collections.abc import Sequence

from sdvbench.closed_loop.record import Drives, mean

COLUMNS = (
    *("cell", "arrived", "deviation m", "95 %", "largest", "m/km", "growth m", "95 %", "m/s"),
    *("turn change rad/s", "inference ms", "decisions/s", "1/inference Hz", "JdeRobot MAE"),
    "times real time",
)
LEGEND = (
    "deviation: mean distance to the centre line over the road, of which a part that was not "
    "driven counts as the lane's half width; largest: of all trips; m/km: added up at every metre",
    "growth: of the mean deviation over that of the fp32 reference of the same model whose "
    "commands are never late, in trips with the same seeds",
    "1/inference: BehaviorMetrics' brain iteration frequency, which leaves out the rest of the "
    "cycle; decisions/s: in simulated time",
    "JdeRobot MAE: the mean of 1000**d, d in metres, which BehaviorMetrics calls position "
    "deviation MAE; 1 is perfect",
)


def columns(found: Sequence[Drives]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows."""
    return list(COLUMNS), [_cells(drives) for drives in found]


def notes(found: Sequence[Drives]) -> list[str]:
    """What the words mean, and under what circumstances was driven."""
    lines = list(LEGEND)
    for simulator, laps, runs, slower in dict.fromkeys(
        (one.simulator, one.laps, len(one.trips), one.slower) for one in found
    ):
        road = "the whole road" if laps == 1 else f"{laps:g} of it"
        line = f"driven in {simulator}: {runs} trips over {road}"
        slowed = f", with calls {slower:g} times as long as recorded" if slower != 1 else ""
        lines.append(line + slowed)
    disturbed = dict.fromkeys(one.disturbed for one in found if one.disturbed)
    return lines + [f"disturbed while calls were recorded: {told}" for told in disturbed]


def _cells(drives: Drives) -> list[str]:
    trips = drives.trips
    deviation, low, high = mean(trips, "deviation_mean_m")
    arrived = sum(trip.end == "arrived" for trip in trips)
    growth = ["-", "-"]
    if drives.growth_m is not None:
        middle, *ends = drives.growth_m
        growth = [f"{middle:+.3f}", f"{ends[0]:+.3f} to {ends[1]:+.3f}"]
    return [
        drives.cell,
        f"{arrived} of {len(trips)}",
        f"{deviation:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{max(trip.deviation_max_m for trip in trips):.2f}",
        _mean(drives, "deviation_per_km_m", 0),
        *growth,
        _mean(drives, "speed_mps", 1),
        _mean(drives, "turn_change_radps", 3),
        _mean(drives, "inference_ms", 1),
        _mean(drives, "decisions_hz", 1),
        _mean(drives, "frequency_hz", 0),
        # Once the car is off the road, it may be any number.
        _mean(drives, "jderobot_mae", 2) if arrived == len(trips) else "-",
        _mean(drives, "real_time_factor", 0),
    ]


def _mean(drives: Drives, name: str, places: int) -> str:
    return f"{mean(drives.trips, name)[0]:.{places}f}"
