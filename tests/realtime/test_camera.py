"""A camera on a schedule: what is processed when, what is dropped, and what a replay tells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import MeasurementError, OptionError
from sdvbench.realtime.camera import POLICIES, SimulatedClock, WallClock, film, replay
from sdvbench.realtime.stream import Stream
from tests.clock import Clock

SERVICES = st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=40)


def test_drop_oldest_by_hand() -> None:
    # A frame a second; calls of 2.5 s. At 2.5 frames 1 and 2 have come: 2 it is, which is done at
    # 5.0, when 5 has just come and 3 and 4 wait; at 7.5, 7 is the newest.
    stream = replay([2.5], 1.0, 8, "drop-oldest")
    np.testing.assert_array_equal(stream.dropped, [0, 1, 0, 1, 1, 0, 1, 0])
    np.testing.assert_allclose(stream.starts_s[~stream.dropped], [0, 2.5, 5.0, 7.5])
    np.testing.assert_allclose(stream.latencies_s[~stream.dropped], [2.5, 3.0, 2.5, 3.0])
    assert stream.missed.all()


def test_queue_by_hand() -> None:
    stream = replay([0.5, 2.0], 1.0, 4, "queue")
    np.testing.assert_allclose(stream.starts_s, [0, 1, 3, 3.5])
    np.testing.assert_allclose(stream.finishes_s, [0.5, 3, 3.5, 5.5])
    np.testing.assert_array_equal(stream.missed, [False, True, True, True])
    np.testing.assert_allclose(stream.services_s, [0.5, 2.0, 0.5, 2.0])


def test_a_result_on_the_deadline_is_in_time() -> None:
    assert not replay([1.0], 1.0, 5, "queue").missed.any()


@given(SERVICES, st.floats(0.5, 100), st.integers(1, 60), st.sampled_from(sorted(POLICIES)))
def test_what_holds_for_any_calls(services, rate_hz, frames, policy) -> None:
    stream = replay(services, rate_hz, frames, policy)
    done = ~stream.dropped
    assert done[-1]  # nothing newer comes that it could be dropped for
    assert (stream.starts_s[done] >= stream.arrivals_s[done]).all()
    assert policy != "queue" or done.all()
    if policy == "drop-oldest":  # when a frame is begun, no newer one has come
        ahead = stream.starts_s[done] * rate_hz - np.flatnonzero(done)
        assert (ahead[:-1] < 1 + 1e-6).all()
    again = replay(services, rate_hz, frames, policy)
    np.testing.assert_array_equal(again.starts_s, stream.starts_s)
    np.testing.assert_array_equal(again.finishes_s, stream.finishes_s)


@given(SERVICES, st.integers(2, 60))
def test_slower_calls_miss_no_fewer_deadlines(services, frames) -> None:
    missed = [
        replay([factor * s for s in services], 10.0, frames, "queue").missed.sum()
        for factor in (1, 2)
    ]
    assert missed[0] <= missed[1]


@pytest.mark.parametrize("overslept_s", [0.0, 0.004])
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_the_wall_clock_gives_what_the_replay_of_its_calls_gives(policy, overslept_s) -> None:
    time = Clock()
    # Wakes once before the time has come, as a system may, and from then on too late.
    naps = iter([-0.001])
    clock = WallClock(timer=time, pause=lambda s: time.pass_s(s + next(naps, overslept_s)))
    # Every third call takes more than a period.
    stream = film(lambda i: time.pass_s(0.001 if i % 3 else 0.12), 20.0, 12, policy, clock)
    assert stream.frames == 12
    assert (stream.starts_s[~stream.dropped] >= stream.arrivals_s[~stream.dropped]).all()
    again = replay(stream.services_s, 20.0, 12, policy)
    np.testing.assert_array_equal(stream.dropped, again.dropped)
    assert stream.dropped.any() == (policy == "drop-oldest")
    assert stream.missed[0]


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_no_frame_is_shown_before_its_real_time(policy) -> None:
    seen: list[int] = []
    stream = film(seen.append, 200.0, 8, policy)
    done = ~stream.dropped
    assert seen == np.flatnonzero(done).tolist() == sorted(set(seen))
    assert (stream.starts_s[done] >= stream.arrivals_s[done]).all()
    assert policy != "queue" or done.all()


def test_the_schedule_does_not_drift() -> None:
    """Frame i is due at i / rate, however long the calls before it took."""
    clock = SimulatedClock()
    stream = film(lambda index: clock.wait_until(clock.now_s() + 0.004), 100.0, 30, "queue", clock)
    np.testing.assert_allclose(stream.starts_s, np.arange(30) / 100)


def test_wrong_inputs_are_named() -> None:
    with pytest.raises(OptionError, match=r"'newest'.*Choose drop-oldest or queue"):
        replay([0.1], 10.0, 5, "newest")
    with pytest.raises(OptionError, match="0 frames"):
        replay([0.1], 10.0, 0, "queue")
    for calls in ([], [0.1, 0.0], [float("nan")]):
        with pytest.raises(OptionError, match="recorded calls"):
            replay(calls, 10.0, 5, "queue")


@pytest.mark.parametrize(
    ("rate_hz", "starts_s", "finishes_s"),
    [
        (10.0, [np.nan], [np.nan]),
        (10.0, [0.0, 0.05], [0.01, 0.2]),
        (10.0, [0.0], [-1.0]),
        (0.0, [0.0], [1.0]),
        (10.0, [0.0], [1.0, 2.0]),
    ],
)
def test_what_is_no_stream_is_refused(rate_hz, starts_s, finishes_s) -> None:
    with pytest.raises(MeasurementError, match="stream"):
        Stream(rate_hz, "queue", np.array(starts_s), np.array(finishes_s))
