"""Roads are drawn from their numbers, long enough, with bends both ways, clear of themselves."""

import math
from itertools import pairwise

import pytest

from sdvbench.simulators.metadrive.roads import ANGLE_DEG, APART_M, RADIUS_M, _points, draw_blocks


@pytest.mark.parametrize("road", range(12))
def test_a_road_is_as_it_should_be(road):
    blocks = draw_blocks(road)
    assert blocks == draw_blocks(road) != draw_blocks(road + 1)
    bends = [block for block in blocks if block["id"] == "C"]
    assert {bend["dir"] for bend in bends} == {0, 1}
    for bend in bends:
        assert RADIUS_M[0] <= bend["radius"] <= RADIUS_M[1]
        assert ANGLE_DEG[0] <= bend["angle"] <= ANGLE_DEG[1]
    points = _points(blocks)
    length = sum(math.dist(*pair) for pair in pairwise(points))
    assert 850 < length < 1200
    for first in range(0, len(points), 3):
        for second in range(first + 25, len(points), 3):
            assert math.dist(points[first], points[second]) > APART_M


def test_each_block_follows_the_one_before():
    before = None
    for number, block in enumerate(draw_blocks(0)):
        assert block["pre_block_socket_index"] == (before and f"{before}-socket0")
        before = f"{number}{block['id']}"
