"""Samples worlds: who drives, walks and stands where."""

from math import pi

import numpy as np

from sdvbench.datasets.rendering.light import Colour, sample_light
from sdvbench.datasets.rendering.roadside import (
    sample_buildings,
    sample_fixtures,
    sample_signals,
)
from sdvbench.datasets.rendering.world import LANE_M, REACH_M, Mover, Street, World

PAINTS: tuple[Colour, ...] = (
    (232, 232, 230), (176, 180, 184), (98, 102, 108), (34, 36, 40), (30, 66, 128), (150, 26, 30),
    (40, 82, 64), (186, 172, 144), (206, 160, 40), (70, 120, 170),
)  # fmt: skip
CLOTHES: tuple[Colour, ...] = (
    (190, 44, 48), (44, 84, 150), (60, 64, 70), (222, 218, 208), (206, 170, 60), (52, 110, 76),
    (120, 70, 120), (32, 34, 40), (228, 120, 40),
)  # fmt: skip


def sample_world(rng: np.random.Generator, duration_s: float = 0.0) -> World:
    """A street with traffic that lasts for ``duration_s`` of driving along it."""
    light = sample_light(rng)
    speed = float(rng.uniform(6, 14))
    drive = speed * duration_s
    ours, oncoming = int(rng.choice((1, 2), p=(0.65, 0.35))), int(rng.choice((1, 2)))
    own = int(rng.integers(ours))  # the lane we drive in, from the left
    lanes = [((lane - own) * LANE_M, 1) for lane in range(ours)]
    lanes += [(-(own + 1 + lane) * LANE_M, -1) for lane in range(oncoming)]
    parking = 2.3 if rng.random() < 0.5 else 0.3
    right = (ours - own - 0.5) * LANE_M + parking
    crossing = float(drive + rng.uniform(13, 50)) if rng.random() < 0.6 else None
    street = Street(
        lanes=tuple(lanes),
        left_m=-(own + oncoming + 0.5) * LANE_M - 0.3,
        right_m=right,
        pavement_m=float(rng.uniform(1.8, 3.2)),
        ground=((96, 112, 70), (118, 112, 98), (134, 130, 124))[int(rng.integers(3))],
        crossing_m=crossing,
    )
    movers = _vehicles(rng, street, speed, duration_s)
    if parking > 1:
        movers += _parked(rng, right - 1.15, drive)
    movers += _people(rng, street, drive, movers)
    movers += _cyclists(rng, street, speed, duration_s)
    fixtures, signals = sample_signals(rng, street)
    fixtures += sample_fixtures(rng, street, drive)
    return World(
        light=light,
        street=street,
        movers=tuple(movers + signals),
        fixtures=tuple(fixtures),
        buildings=tuple(sample_buildings(rng, street, drive)),
        speed_mps=speed,
        camera_height_m=float(rng.uniform(1.3, 1.75)),
        focal_share=float(rng.uniform(0.8, 1.1)),
        horizon_share=float(rng.uniform(0.42, 0.5)),
        grain=int(rng.integers(2**31)),
    )


def _vehicle(
    rng: np.random.Generator, x: float, z: float, z_mps: float, yaw: float, heavy: float
) -> Mover:
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    style, scale = int(rng.integers(3)), rng.uniform(0.93, 1.08, size=3)
    if rng.random() < heavy:
        size, kind = (7.8, 2.35, 3.3), "truck"
    else:
        size, kind = ((3.9, 1.74, 1.5), (4.5, 1.8, 1.45), (4.5, 1.86, 1.68))[style], "car"
    length, width, height = (float(m * s) for m, s in zip(size, scale, strict=True))
    measured = (length, width, height)
    return Mover(kind, x, z, 0.0, z_mps, yaw, measured, paint, style, 0.0)


def _vehicles(
    rng: np.random.Generator, street: Street, speed: float, duration_s: float
) -> list[Mover]:
    """One speed for each lane, so that nobody drives into the car ahead."""
    movers = []
    for x, direction in street.lanes:
        mine = x == 0
        z_mps = speed + rng.uniform(0, 1.2) if mine else direction * rng.uniform(7, 15)
        closing = (z_mps - speed) * duration_s
        z, end = -10.0 - max(0.0, closing), REACH_M + max(0.0, -closing)
        z = float(rng.uniform(9, 40)) if mine else z + float(rng.exponential(16))
        while z < end:
            heavy = 0.24 if abs(z_mps) < 13 else 0.12
            wobble = float(rng.uniform(-0.25, 0.25))
            yaw = 0.0 if direction > 0 else pi
            mover = _vehicle(rng, x + wobble, z, float(z_mps), yaw, heavy)
            movers.append(mover)
            z += mover.size_m[0] + 6 + float(rng.exponential(20))
    return movers


def _parked(rng: np.random.Generator, x: float, drive: float) -> list[Mover]:
    movers, z = [], float(rng.uniform(2, 14))
    while z < drive + 60:
        mover = _vehicle(rng, x, z, 0.0, 0.0 if rng.random() < 0.85 else pi, 0.06)
        movers.append(mover)
        z += mover.size_m[0] + 1.0 + float(rng.exponential(5))
    return movers


def _people(
    rng: np.random.Generator, street: Street, drive: float, vehicles: list[Mover]
) -> list[Mover]:
    """Walkers on both pavements, and often some who cross the road."""
    movers = []
    for _ in range(int(rng.poisson(3.2 + drive / 12))):
        right = rng.random() < 0.6
        aside = float(rng.uniform(0.4, street.pavement_m))
        x = street.right_m + aside if right else street.left_m - aside
        away = rng.random() < 0.5
        pace = float(rng.uniform(1.0, 1.6))
        z = float(rng.uniform(6, 50 + drive))
        movers.append(_person(rng, x, z, 0.0, pace if away else -pace))
    if rng.random() < 0.45:
        z = street.crossing_m or float(drive + rng.uniform(9, 35))
        for _ in range(int(rng.integers(1, 4))):
            x = float(rng.uniform(street.left_m, street.right_m))
            pace = float(rng.choice((-1, 1)) * rng.uniform(1.0, 1.6))
            person = _person(rng, x, z + float(rng.uniform(-1.2, 1.2)), pace, 0.0)
            if all(_apart(person, vehicle) for vehicle in vehicles):
                movers.append(person)
    return movers


def _person(rng: np.random.Generator, x: float, z: float, x_mps: float, z_mps: float) -> Mover:
    clothes = CLOTHES[int(rng.integers(len(CLOTHES)))]
    height = float(rng.choice((rng.uniform(1.55, 1.95), rng.uniform(1.1, 1.5)), p=(0.88, 0.12)))
    yaw = float(np.arctan2(x_mps, z_mps))
    size = (0.5, 0.5, height)
    style, phase = int(rng.integers(64)), float(rng.uniform(0, 2 * pi))
    return Mover("pedestrian", x, z, x_mps, z_mps, yaw, size, clothes, style, phase)


def _apart(person: Mover, vehicle: Mover) -> bool:
    near_x = abs(person.x_m - vehicle.x_m) < vehicle.size_m[1] / 2 + 0.5
    return not (near_x and abs(person.z_m - vehicle.z_m) < vehicle.size_m[0] / 2 + 0.8)


def _cyclists(
    rng: np.random.Generator, street: Street, speed: float, duration_s: float
) -> list[Mover]:
    movers = []
    edge = max(x for x, _ in street.lanes) + LANE_M / 2 - 0.35
    for _ in range(int(rng.poisson(1.1 + speed * duration_s / 40))):
        ours, pace = rng.random() < 0.6, float(rng.uniform(3.5, 6.5))
        x = edge if ours else street.left_m + 0.5
        z = float(rng.uniform(7, 42 + speed * duration_s))
        yaw = 0.0 if ours else pi
        movers.append(_cyclist(rng, x, z, 0.0, pace if ours else -pace, yaw))
    if rng.random() < 0.22:
        z = street.crossing_m or float(speed * duration_s + rng.uniform(9, 30))
        pace = float(rng.choice((-1, 1)) * rng.uniform(2.5, 5))
        x = float(rng.uniform(street.left_m, street.right_m))
        movers.append(_cyclist(rng, x, z + 2.2, pace, 0.0, float(np.sign(pace) * pi / 2)))
    return movers


def _cyclist(
    rng: np.random.Generator, x: float, z: float, x_mps: float, z_mps: float, yaw: float
) -> Mover:
    clothes = CLOTHES[int(rng.integers(len(CLOTHES)))]
    size = (1.7, 0.5, float(rng.uniform(1.6, 1.9)))
    style, phase = int(rng.integers(64)), float(rng.uniform(0, 2 * pi))
    return Mover("cyclist", x, z, x_mps, z_mps, yaw, size, clothes, style, phase)
