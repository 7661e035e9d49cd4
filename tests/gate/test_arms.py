"""Engines named to another process, and slowed ones."""

import json

import numpy as np
import pytest

from sdvbench.gate import arms
from sdvbench.gate.arms import Arm, Slowed
from sdvbench.gate.confirmation import in_fresh_process
from sdvbench.gate.verdict import Status
from tests.clock import Clock

IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


def test_an_arm_comes_back_from_json(arm):
    assert Arm.from_dict(json.loads(json.dumps(arm.as_dict()))) == arm


def test_a_slowed_engine_says_the_same(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, slow_down=0.05)
    with arm.load() as plain, slow.load() as slowed:
        assert isinstance(slowed, Slowed)
        assert np.array_equal(plain(IMAGES[:1]), slowed(IMAGES[:1]))


def test_a_slowed_engine_computes_on_for_a_share_of_the_call(arm, monkeypatch):
    time = Clock()
    monkeypatch.setattr(arms, "perf_counter", time)

    class Engine:
        spec = arm.spec

        def run(self, images):
            time.pass_s(0.004)
            return images

    slowed = Slowed(Engine(), 0.5)
    for _ in range(5):
        slowed.run(IMAGES)
    assert time.now_s == pytest.approx(5 * 1.5 * 0.004, rel=0.01)


def test_a_fresh_process_answers_for_an_engine_that_it_loads(arm):
    """tests/gate/test_fresh_verdicts.py has what it answers; neighbours may spoil this one."""
    slow = Arm(arm.workflow, arm.artifact, arm.spec, slow_down=2.0)
    verdict = in_fresh_process(slow, arm, IMAGES, 0.05, 0.2)
    assert verdict.status in Status
    assert verdict.reason
    if verdict.ratio is not None:  # neighbours may leave no round calm
        low, high = verdict.interval
        assert 0 < low <= verdict.ratio <= high
