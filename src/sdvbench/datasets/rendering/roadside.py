"""Samples what stands beside the road: traffic lights, trees, lamps, buildings."""

from math import pi

import numpy as np

from sdvbench.datasets.rendering.street import Building, Fixture
from sdvbench.datasets.rendering.world import Mover, Street


def sample_signals(rng: np.random.Generator, street: Street) -> tuple[list[Fixture], list[Mover]]:
    if street.crossing_m is None:
        return [], []
    fixtures, signals = [], []
    phase, height = float(rng.uniform(0, 3)), float(rng.uniform(0.9, 1.15))
    places = [street.right_m + 0.5, street.left_m - 0.5][: int(rng.integers(1, 3))]
    for x in places:
        z = street.crossing_m + 2.5
        fixtures.append(Fixture("pole", x, z + 0.1, 2.8, 0))
        size = (0.28, 0.38 * height, height)
        signals.append(Mover("traffic light", x, z, 0, 0, pi, size, (34, 36, 36), 0, phase))
    return fixtures, signals


def sample_fixtures(rng: np.random.Generator, street: Street, drive: float) -> list[Fixture]:
    fixtures = []
    for x in (street.right_m + street.pavement_m + 0.7, street.left_m - street.pavement_m - 0.7):
        z, kind = float(rng.uniform(4, 16)), "tree" if rng.random() < 0.7 else "lamp"
        while z < drive + 80:
            height = float(rng.uniform(4.5, 8)) if kind == "tree" else 6.5
            aside = float(rng.uniform(0, 2.5)) if kind == "tree" else 0.0
            fixtures.append(
                Fixture(kind, x + float(np.sign(x)) * aside, z, height, int(rng.integers(100)))
            )
            z += float(rng.uniform(9, 24)) if kind == "tree" else 25.0
    return fixtures


def sample_buildings(rng: np.random.Generator, street: Street, drive: float) -> list[Building]:
    walls = ((158, 128, 108), (176, 170, 158), (132, 82, 66), (150, 152, 156), (190, 176, 140))
    buildings = []
    density = rng.uniform(0.0, 1.0)
    for side in (1, -1):
        edge = street.right_m if side > 0 else street.left_m
        z = float(rng.uniform(-10, 20))
        while z < drive + 110:
            length = float(rng.uniform(9, 24))
            if rng.random() < density:
                x = edge + side * (street.pavement_m + float(rng.uniform(4, 7)))
                colour = walls[int(rng.integers(len(walls)))]
                height = float(rng.uniform(5, 17))
                lit = int(rng.integers(2, 9))
                buildings.append(Building(x, z, z + length, height, colour, lit))
            z += length + float(rng.uniform(0, 9))
    return buildings
