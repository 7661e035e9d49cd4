"""Rounds of several arms."""

import functools
import time

import pytest

from sdvbench.measurement import interleaved
from sdvbench.measurement.interleaved import Interleaved


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


def test_warming_up_times_nothing(pair, log, monkeypatch):
    monkeypatch.setattr(interleaved, "WARMUP_S", 0.01)
    assert pair.warm_up() > 0
    assert len(log) >= 8
    assert pair.rounds == 0


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


def test_only_waiting_of_the_first_two_arms_counts(monkeypatch):
    clock = iter(range(1000))  # a second of waiting at each look
    monkeypatch.setattr(interleaved, "waited_s", lambda: float(next(clock)))
    nap = functools.partial(time.sleep, 0.01)
    three = Interleaved([lambda i: nap()] * 3)
    three.run(3)
    assert next(clock) == 3 * 2 * 2  # two looks at each of two arms a round
    assert all(40 < share <= 100.5 for share in three.waited)  # 2 s of waiting over 2 x 0.01 s


def test_others_matter_to_like_engines_however_many_cores_there_are(pair):
    pair._others_s, pair._watched_s = 1.0, 1.0
    assert pair.disturbance.startswith("other processes used 1.0 cores")
    pair._others_s = 0.01
    assert not pair.disturbance
