"""Rounds of several arms."""

import pytest

from sdvbench.measurement import interleaved
from sdvbench.measurement.interleaved import Interleaved
from tests.clock import Clock


@pytest.fixture
def time(monkeypatch):
    """The one by which rounds are timed."""
    clock = Clock()
    monkeypatch.setattr(interleaved, "perf_counter", clock)
    return clock


@pytest.fixture
def log():
    return []


@pytest.fixture
def pair(log):
    return Interleaved([lambda i: log.append(("a", i)), lambda i: log.append(("b", i))])


def test_every_arm_runs_once_a_round_in_changing_order(pair, log):
    pair.run(30)
    pair.run(10)
    rounds = [log[i : i + 2] for i in range(0, 80, 2)]
    assert [sorted(called) for called in rounds] == [[("a", i), ("b", i)] for i in range(40)]
    assert {called[0][0] for called in rounds} == {"a", "b"}
    assert [len(seconds) for seconds in pair.seconds] == [40, 40]
    assert pair.rounds == 40


def test_warming_up_takes_half_a_second_and_times_nothing(time):
    calls = []

    def arm(index):
        calls.append(index)
        time.pass_s(0.1)

    pair = Interleaved([arm, arm])
    assert pair.warm_up() == pytest.approx(0.2, rel=1e-3)
    assert calls == [0, 0, *(0, 0, 1, 1, 2, 2)]  # once for what happens once; then three rounds
    assert pair.rounds == 0


@pytest.mark.parametrize(
    ("seconds", "rounds"),
    [
        ([9.0, 0.3, 0.25, 0.245, 1.0], 3),  # by then it is steady
        ([9.0, 0.8, 0.4, 0.2, 0.15, 0.1], 4),  # it never is: given up
        ([9.0, 2.0, 1.0], 1),
    ],
)
def test_warming_up_goes_on_until_rounds_get_no_faster_or_for_long(time, seconds, rounds):
    left = iter(seconds)
    Interleaved([lambda i: time.pass_s(next(left))]).warm_up()
    assert list(left) == seconds[1 + rounds :]


def test_rounds_in_which_threads_waited_for_others_are_not_calm(pair, monkeypatch):
    pair.run(4)
    pair.waited = [0.0, 0.9, 0.04, 0.06]
    monkeypatch.setattr(Interleaved, "disturbance", "")
    assert pair.calm.tolist() == [True] * 4  # nobody was there: they waited for one another
    monkeypatch.setattr(Interleaved, "disturbance", "others were busy")
    monkeypatch.setattr(interleaved, "knows_waiting", lambda: True)
    assert pair.calm.tolist() == [True, False, True, False]
    monkeypatch.setattr(interleaved, "knows_waiting", lambda: False)
    assert pair.calm.tolist() == [False] * 4


def test_only_waiting_of_the_first_two_arms_counts(time, monkeypatch):
    looks = iter(range(1000))  # a second of waiting at each
    monkeypatch.setattr(interleaved, "waited_s", lambda: float(next(looks)))
    three = Interleaved([lambda i: time.pass_s(0.01)] * 3)
    three.run(3)
    assert next(looks) == 3 * 2 * 2  # two at each of two arms a round
    assert three.waited == pytest.approx([2 / 0.02] * 3, rel=1e-3)
    assert [sum(seconds) for seconds in three.seconds] == pytest.approx([0.03] * 3, rel=1e-3)


def test_others_matter_to_like_engines_however_many_cores_there_are(pair):
    pair._others_s, pair._watched_s = 1.0, 1.0
    assert pair.disturbance.startswith("other processes used 1.0 cores")
    pair._others_s = 0.01
    assert not pair.disturbance
