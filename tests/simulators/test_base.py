"""Commands, truths and ticks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError, OptionError
from sdvbench.simulators.base import Command, Truth, whole_ticks


@pytest.mark.parametrize("pair", [(math.nan, 0.0), (0.0, math.inf), (-math.inf, math.nan)])
def test_a_command_that_no_car_can_follow_is_an_error(pair):
    with pytest.raises(MeasurementError, match="is not finite"):
        Command(*pair)


@given(st.integers(1, 10**5), st.sampled_from([0.001, 0.01, 0.02, 1 / 60]))
def test_whole_ticks_are_counted(ticks, tick_s):
    assert whole_ticks(ticks * tick_s, tick_s) == ticks


@pytest.mark.parametrize("seconds", [0, -0.01, 0.0105, 1 / 30, math.nan, math.inf])
def test_other_times_are_errors(seconds):
    with pytest.raises(OptionError, match=r"not a whole number of ticks\. Choose a multiple of"):
        whole_ticks(seconds, 0.01)


@pytest.mark.parametrize(("deviation_m", "off"), [(1.9, False), (-1.9, False), (-2.1, True)])
def test_beyond_either_edge_is_off_the_lane(deviation_m, off):
    assert Truth(0, 0, 0, 0, 0, 0, deviation_m, 2.0, 0, 0).off_lane is off
