"""Roads as MetaDrive lays them out: straights and bends, joined end to end, drawn from a number."""

import math
import random
from typing import Any

from sdvbench.errors import BuildError

LANE_WIDTH_M = 3.5
BEFORE_M, AFTER_M = 15.0, 40.0  # of the lanes, before the road's start and behind its end
LONG_M = 850.0  # a road gets bends until it is so long
RADIUS_M = (28.0, 65.0)
ANGLE_DEG = (40.0, 110.0)
STRAIGHT_M = (15.0, 50.0)
APART_M = 30.0  # between parts of a road that do not follow each other
TRIES = 1000

Blocks = list[dict[str, Any]]


def draw_blocks(road: int) -> Blocks:
    """Of the road of this number; what MetaDrive's ``pg_map_file`` takes.

    Bends of random radius and angle, mostly left and right in turn, with straights between; drawn
    again until the road keeps clear of itself.
    """
    chance = random.Random(f"metadrive road {road}")
    for _ in range(TRIES):
        blocks = _drawn(chance)
        if _clear(_points(blocks)):
            return blocks
    raise BuildError(f"road {road}", "did not come out free of crossings", "Choose another number")


def _drawn(chance: random.Random) -> Blocks:
    blocks: Blocks = [{"id": "I", "pre_block_socket_index": None}]  # where MetaDrive begins itself
    _append(blocks, "S", length=60.0)
    long_m, side = 60.0, chance.randrange(2)
    while long_m < LONG_M:
        radius, angle = chance.uniform(*RADIUS_M), chance.uniform(*ANGLE_DEG)
        straight = chance.uniform(*STRAIGHT_M)
        side = side if chance.random() < 0.2 else 1 - side
        _append(blocks, "C", radius=radius, angle=angle, dir=side, length=straight)
        long_m += radius * math.radians(angle) + straight
    _append(blocks, "S", length=60.0)
    return blocks


def _append(blocks: Blocks, kind: str, **values: float) -> None:
    before = f"{len(blocks) - 1}{blocks[-1]['id']}"
    blocks.append({"id": kind, "pre_block_socket_index": f"{before}-socket0", **values})


def _points(blocks: Blocks) -> list[tuple[float, float]]:
    """Of the way that the blocks take, about 5 m apart; their lanes are up to 2 m beside it."""
    x = y = heading = 0.0
    points = [(x, y)]
    for block in blocks[1:]:
        turn = math.radians(block.get("angle", 0.0)) * (1 if block.get("dir") else -1)
        for way, turned in ((abs(turn) * block.get("radius", 0.0), turn), (block["length"], 0.0)):
            steps = math.ceil(way / 5)
            for _ in range(steps):
                heading += turned / steps
                x += way / steps * math.cos(heading)
                y += way / steps * math.sin(heading)
                points.append((x, y))
    return points


def _clear(points: list[tuple[float, float]]) -> bool:
    """Whether parts of the road with 100 m of it between them are APART_M from each other."""
    return all(
        math.dist(points[first], points[second]) > APART_M
        for first in range(len(points))
        for second in range(first + 20, len(points))
    )
