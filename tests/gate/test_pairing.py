"""How long a pair is measured, and what is said of it. Times are made up, so none decides."""

from contextlib import nullcontext
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.gate.pairing import MIN_ROUNDS, settled
from sdvbench.gate.verdict import Status, Tier
from sdvbench.measurement.interleaved import Interleaved


class MadeUp(Interleaved):
    """Rounds of 40 ms whose seconds come from ``draw() -> (candidate, baseline)``."""

    def __init__(self, draw, others_cores=0.0, waited=0.0):
        super().__init__([lambda i: None, lambda i: None])
        self.draw, self.others, self.share = draw, others_cores, waited

    others_cores = property(lambda self: self.others)

    @property
    def calm(self):
        quiet = np.array(self.waited) <= 0.05
        return quiet if self.disturbance else np.ones(self.rounds, bool)

    def warm_up(self):
        return 0.04

    def run(self, rounds):
        for _ in range(rounds):
            for arm, seconds in zip(self.seconds, self.draw(), strict=True):
                arm.append(seconds)
            self.waited.append(self.share)


def noisy(ratio, spread, seed=0, scale=0.02):
    rng = np.random.default_rng(seed)
    return lambda: tuple(scale * np.array([ratio, 1.0]) * np.exp(rng.normal(0, spread, 2)))


def measured(made_up, budget_s=4.0):
    """The verdict, and how many rounds and loadings it took. made_up: gives the next loading."""
    loadings = []

    def load():
        loadings.append(made_up())
        return nullcontext(loadings[-1])

    verdict = settled(load, 0.05, budget_s, run=lambda pair, rounds: pair.run(rounds))
    return verdict, sum(pair.rounds for pair in loadings), len(loadings)


def judged(draw, budget_s=4.0, **others):
    return measured(lambda: MadeUp(draw, **others), budget_s)


def status(draw, **others):
    return judged(draw, **others)[0].status


@settings(max_examples=50)
@given(st.integers(0, 1000), st.sampled_from((0.0, 0.005, 0.02)))
def test_an_equal_engine_never_fails_and_a_slower_one_never_passes(seed, spread):
    assert status(noisy(1.0, spread, seed)) is not Status.FAIL
    assert status(noisy(1.05, spread, seed)) is not Status.PASS


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from((1.0, 1.02, 1.05)), st.sampled_from((1e-4, 50.0)))
def test_the_unit_of_time_does_not_matter(seed, ratio, scale):
    usual, scaled = (judged(noisy(ratio, 0.01, seed, s))[0] for s in (0.02, 0.02 * scale))
    assert usual.status is scaled.status
    assert usual.ratio == pytest.approx(scaled.ratio)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from((1.0, 1.02, 1.05)))
def test_swapping_the_arms_inverts_the_ratio(seed, ratio):
    draw, same = noisy(ratio, 0.01, seed), noisy(ratio, 0.01, seed)
    swapped, rounds, _ = judged(lambda: same()[::-1])
    usual, as_many, _ = judged(draw)
    if rounds == as_many:
        assert usual.ratio == pytest.approx(1 / swapped.ratio)


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, Status.PASS), (1.05, Status.FAIL)])
def test_two_loadings_do_where_they_are_clear(ratio, expected):
    verdict, rounds, loadings = judged(noisy(ratio, 0.001))
    assert (verdict.status, rounds, loadings) == (expected, 100, 2)
    assert verdict.tier is Tier.ARTIFACT


def test_constant_arms_are_judged():
    assert status(lambda: (1.0, 1.0)) is Status.PASS
    assert status(lambda: (1.05, 1.0)) is Status.FAIL


def test_two_more_are_measured_where_they_are_not():
    verdict, rounds, loadings = judged(noisy(1.0, 0.5))
    assert (verdict.status, rounds, loadings) == (Status.INCONCLUSIVE, 200, 4)
    assert "too noisy, or too near the limit, to tell" in verdict.reason


def test_few_rounds_are_enough_for_none():
    assert judged(noisy(1.0, 0.001), budget_s=0.01)[1] == 2 * MIN_ROUNDS


def test_a_stall_or_two_change_nothing():
    calm, calls = noisy(1.0, 0.001), count()
    assert status(lambda: (5.0, 0.02) if next(calls) in (7, 30) else calm()) is Status.PASS


@pytest.mark.parametrize("biases", [(1.06, 0.999, 1.07, 0.998), (1.05, 1.0, 0.999, 1.001)])
def test_a_bias_of_one_loading_is_not_taken_for_a_difference(biases):
    loading = iter(biases)
    verdict, _, loadings = measured(lambda: MadeUp(noisy(next(loading), 0.001)))
    assert verdict.status is not Status.FAIL
    assert loadings == 4


def test_a_bias_of_one_loading_does_not_hide_a_difference():
    loading = iter((1.018, 1.06, 1.05, 1.024))
    verdict, _, _ = measured(lambda: MadeUp(noisy(next(loading), 0.001)))
    assert verdict.status is Status.FAIL
    low, high = verdict.interval
    assert low < 1.025
    assert high > 1.05


def test_where_others_kept_the_threads_waiting_nothing_is_said():
    verdict, rounds, _ = judged(noisy(1.3, 0.001), others_cores=2.0, waited=0.8)
    assert (verdict.status, verdict.ratio) == (Status.INCONCLUSIVE, None)
    assert "other processes used 2.0 cores" in verdict.reason
    assert "waited for a core, 0.80 s in a second" in verdict.reason
    assert rounds == 100  # not extended


def test_neighbours_that_leave_a_core_do_not_hinder_a_verdict():
    assert status(noisy(1.05, 0.001), others_cores=1.0, waited=0.01) is Status.FAIL


def test_threads_that_wait_for_one_another_do_not_hinder_a_verdict():
    assert status(noisy(1.05, 0.001), others_cores=0.0, waited=0.5) is Status.FAIL


def test_estimates_that_disagree_are_told():
    calls, rng = count(), np.random.default_rng(0)
    # Every third call of either arm is undisturbed and alike; the others are 6 % slower.
    verdict, _, _ = judged(
        lambda: (1.0 if next(calls) % 3 == 0 else 1.06, 1.0 + rng.normal(0, 1e-4))
    )
    assert verdict.status is Status.INCONCLUSIVE
    assert "the fastest calls say 1.000" in verdict.reason


def test_one_calm_loading_is_not_enough():
    shares = iter((0.8, 0.0))
    verdict, _, loadings = measured(
        lambda: MadeUp(noisy(1.0, 0.001), others_cores=1.0, waited=next(shares))
    )
    assert (verdict.status, verdict.ratio, loadings) == (Status.INCONCLUSIVE, None, 2)
