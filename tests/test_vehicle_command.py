"""Commands in a vehicle's units and in 0..1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.vehicle_command import STUDY, CommandRange

NUMBER = st.floats(-100, 100)


def test_the_study_s_range():
    assert STUDY.scaled([[6.5, -7.1], [24, 7.1]]).tolist() == [[0, 0], [1, 1]]
    assert STUDY.scaled([41.5, -14.2]).tolist() == [2, -0.5], "not clipped"


@given(st.lists(st.tuples(NUMBER, NUMBER)), NUMBER, st.floats(0.1, 50))
def test_there_and_back(commands, low, width):
    ranges = CommandRange((low, low + width), (-width, width))
    given_commands = np.array(commands, np.float64).reshape(-1, 2)
    assert ranges.unscaled(ranges.scaled(given_commands)) == pytest.approx(given_commands, abs=1e-9)
