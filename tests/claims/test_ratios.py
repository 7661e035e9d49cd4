"""When a pair is measured on, and what its loadings say."""

import numpy as np
import pytest

from sdvbench.cells import Cell
from sdvbench.claims import ratios
from sdvbench.claims.ratios import Ratios, Timed
from sdvbench.gate.stats import median_ratio

FAST, SLOW = Cell("m", "PL", "W1", "int8"), Cell("m", "PL", "Wd", "fp32")


def loading(ratio, noise=0.001, seed=0):
    """(2, 30) seconds of the slow engine and of the fast one."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(0, noise, (2, 30))) * np.array([[ratio], [1.0]])


@pytest.fixture
def measured(monkeypatch):
    """A pair whose loadings are these, in turn; a text is one that was disturbed."""

    def make(*loadings):
        left = list(loadings)

        def load(self, fast, slow, metric, timed):
            one = left.pop(0)
            (timed.disturbed if isinstance(one, str) else timed.quiet).append(one)

        monkeypatch.setattr(Ratios, "_load", load)
        return Ratios(None, None, 1.0), left

    return make


def test_speed_up_is_of_the_fast_engine_and_holds_both_estimates():
    timed = Timed(quiet=[loading(2.0, seed=0), loading(2.0, seed=1)])
    found = timed.speed_up
    assert found.value == pytest.approx(2.0, rel=0.01)
    median = median_ratio(*(np.log(slow / fast) for slow, fast in timed.quiet))
    assert found.low <= median.low <= found.value <= median.high <= found.high
    assert Timed(quiet=[loading(2.0)]).speed_up is None


def test_two_loadings_do_where_it_is_clear(measured):
    pairs, left = measured(loading(2.0), loading(2.0, seed=1), "not asked for")
    assert pairs.timed(FAST, SLOW, "latency", 1.5).loadings == 2
    assert pairs.timed(FAST, SLOW, "latency", 3.0).loadings == 2  # another claim, nothing new
    assert left == ["not asked for"]


def test_a_limit_that_is_near_is_measured_on(measured):
    pairs, left = measured(*(loading(2.0, seed=seed) for seed in range(ratios.MOST + 2)))
    assert pairs.timed(FAST, SLOW, "latency", 1.5).loadings == 2
    assert pairs.timed(FAST, SLOW, "latency", 2.0).loadings == ratios.MOST
    assert pairs.timed(FAST, SLOW, "latency", 2.0).loadings == ratios.MOST
    assert len(left) == 2


def test_few_disturbed_loadings_among_many_do_not_end_it(measured):
    quiet = [loading(2.0, seed=seed) for seed in range(ratios.MOST)]
    pairs, _ = measured("a neighbour", *quiet[:5], "a neighbour", *quiet[5:])
    assert pairs.timed(FAST, SLOW, "latency", 2.0).loadings == ratios.MOST


def test_one_disturbed_loading_is_made_up_for(measured):
    pairs, left = measured("a neighbour", loading(2.0), loading(2.0, seed=1), loading(2.0, seed=2))
    timed = pairs.timed(FAST, SLOW, "latency", 1.5)
    assert (len(timed.quiet), timed.disturbed, left) == (3, ["a neighbour"], [])


def test_two_loadings_near_the_limit_say_nothing_where_neighbours_came(measured):
    two = [loading(1.022 * 0.9999**seed, noise=1e-5, seed=seed) for seed in range(2)]
    pairs, left = measured(*two, "a neighbour", "a neighbour", loading(1.022))
    timed = pairs.timed(FAST, SLOW, "latency", 1.02)
    assert timed.speed_up.low > 1.02, "which would confirm it"
    assert not timed.settles(1.02)
    assert timed.settles(1.0)
    assert len(left) == 1


def test_what_others_disturb_is_given_up(measured):
    pairs, left = measured("a neighbour", "a neighbour", loading(2.0))
    assert pairs.timed(FAST, SLOW, "latency", 1.5).speed_up is None
    assert len(left) == 1


def test_latency_and_throughput_are_measurements_of_their_own(measured):
    pairs, left = measured(*(loading(2.0, seed=seed) for seed in range(4)))
    pairs.timed(FAST, SLOW, "latency", 1.5)
    pairs.timed(FAST, SLOW, "throughput", 1.5)
    assert left == []


class Arm:
    """Loads an engine that does nothing."""

    def load(self):
        from sdvbench.workflows.base import Engine, EngineSpec

        class Idle(Engine):
            def run(self, images):
                return np.exp(images)

        return Idle(EngineSpec.for_images("fp32", imgsz=32))


@pytest.mark.parametrize("metric", ["latency", "throughput"])
def test_engines_are_timed_in_turn(monkeypatch, metric):
    from sdvbench.measurement import contention

    monkeypatch.setattr(contention, "TOLERATED_SHARE", 100.0)
    monkeypatch.setattr(ratios, "BLOCK_S", 1e-3)
    images = np.zeros((2, 3, 32, 32), np.float32)
    pairs = Ratios(lambda cell: Arm(), lambda batch: images, 0.02)
    timed = pairs.timed(FAST, SLOW, metric, limit=1e-6)
    assert [one.shape[0] for one in timed.quiet] == [2, 2]
    assert all((one > 0).all() and one.shape[1] >= ratios.MIN_ROUNDS for one in timed.quiet)
