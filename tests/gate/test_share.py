"""An engine's time over the anchor's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.gate.arms import Arm
from sdvbench.gate.share import MAX_ROUNDS, MIN_ROUNDS, rounds_in, share, share_afresh

IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


@given(st.integers(1, 64), st.integers(1, 64))
def test_it_is_of_the_time_an_image(engine_images, anchor_images):
    seconds = [[0.02 * engine_images] * 12, [0.04 * anchor_images] * 12]
    found = share(seconds, (engine_images, anchor_images))
    assert (found.low, found.value, found.high) == pytest.approx((0.5, 0.5, 0.5))


@given(st.floats(1e-3, 100), st.floats(1e-6, 1e3))
def test_rounds_fill_the_budget_within_bounds(budget_s, round_s):
    rounds = rounds_in(budget_s, round_s)
    assert MIN_ROUNDS <= rounds <= MAX_ROUNDS
    assert rounds * round_s <= budget_s or rounds == MIN_ROUNDS


def test_a_fresh_process_measures_it(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, slow_down=2.0)
    found, disturbed = share_afresh((slow, arm), (IMAGES, IMAGES), (1, 2), 0.2)
    assert 0 < found.low <= found.value <= found.high  # test_fresh_verdicts.py has by how much
    assert isinstance(disturbed, str)
