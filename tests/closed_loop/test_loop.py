"""When images are taken and commands take effect, and where a trip ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.closed_loop.loop import drive
from sdvbench.errors import OptionError
from sdvbench.simulators.base import Command
from tests.closed_loop.straight import LENGTH_M, Straight


def on_and_on(image: np.ndarray) -> Command:
    return Command(10.0, 0.0)


def test_arrives() -> None:
    simulator = Straight()
    trip = drive(simulator, on_and_on, [0.02])
    assert trip.end == "arrived"
    assert trip.truths[-1].time_s == pytest.approx(LENGTH_M / 10, abs=0.051)
    assert np.diff([truth.time_s for truth in trip.truths]) == pytest.approx(0.05)


def test_laps() -> None:
    assert drive(Straight(), on_and_on, [0.0], laps=0.5).truths[-1].completed < 0.52


def test_command_rules_from_the_tick_at_which_it_is_there() -> None:
    """A call of 22 ms is done at the third tick of 10 ms; until then the car goes as it came."""
    simulator = Straight(start_mps=5.0)
    drive(simulator, on_and_on, [0.022])
    begun = {command.speed_mps: at for at, command in reversed(simulator.steps)}
    assert begun == {5.0: 0.0, 10.0: pytest.approx(0.03)}


def test_quick_engine_looks_once_a_cycle() -> None:
    simulator = Straight()
    trip = drive(simulator, on_and_on, [0.01])
    assert np.diff(simulator.seen) == pytest.approx(0.05)
    assert trip.decided_s == pytest.approx(simulator.seen)


def test_slow_engine_looks_once_it_is_free() -> None:
    simulator = Straight()
    drive(simulator, on_and_on, [0.12])
    assert np.diff(simulator.seen) == pytest.approx(0.12)


def test_recorded_calls_are_taken_in_turn() -> None:
    simulator = Straight()
    trip = drive(simulator, on_and_on, [0.06, 0.0, 0.11])
    gaps = np.diff(simulator.seen)[:6]
    assert gaps == pytest.approx([0.06, 0.05, 0.11, 0.06, 0.05, 0.11])
    assert trip.services_s[:4] == pytest.approx([0.06, 0.0, 0.11, 0.06])


def test_leaves_the_lane() -> None:
    trip = drive(Straight(half_width_m=0.5), lambda image: Command(10.0, 0.4), [0.0])
    assert trip.end == "off the lane"
    assert all(not truth.off_lane for truth in trip.truths[:-1])
    assert trip.truths[-1].off_lane


def test_one_that_stands_still_is_out_of_time() -> None:
    trip = drive(Straight(), lambda image: Command(0.0, 0.0), [0.0], laps=0.02)
    assert trip.end == "out of time"


def test_same_seed_same_trip() -> None:
    def weaving() -> object:
        rng = np.random.default_rng(0)
        return lambda image: Command(10.0, float(rng.normal(0, 0.05)))

    one, other, third = (drive(Straight(), weaving(), [0.03], seed) for seed in (1, 1, 2))
    assert one.truths == other.truths
    assert one.truths != third.truths


@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=5))
def test_no_call_is_quicker_than_recorded(services_s: list[float]) -> None:
    """Every decision is followed by the next no sooner than its call and the cycle allow, and no
    later than a tick after that."""
    trip = drive(Straight(), on_and_on, services_s, laps=0.3)
    least = np.maximum(trip.services_s[:-1], trip.cycle_s)
    gaps = np.diff(trip.decided_s)
    assert (gaps >= least - 1e-6).all()
    assert (gaps <= least + Straight.tick_s + 1e-6).all()


@pytest.mark.parametrize(
    ("services_s", "laps", "cycle_s", "told"),
    [
        ([], 1.0, 0.05, "recorded calls"),
        ([-0.1], 1.0, 0.05, "recorded calls"),
        ([float("nan")], 1.0, 0.05, "recorded calls"),
        ([0.01], 0.0, 0.05, "0 laps"),
        ([0.01], 1.0, 0.055, "a cycle of 0.055 s"),
        ([0.01], 1.0, 0.0, "a cycle of 0 s"),
    ],
)
def test_refused(services_s: list[float], laps: float, cycle_s: float, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        drive(Straight(), on_and_on, services_s, laps=laps, cycle_s=cycle_s)
