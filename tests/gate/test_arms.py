"""Engines named to another process, and slowed ones."""

import json

import numpy as np

from sdvbench.gate.arms import Arm, Slowed
from sdvbench.gate.confirmation import in_fresh_process
from sdvbench.gate.verdict import Status

IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


def test_an_arm_comes_back_from_json(arm):
    assert Arm.from_dict(json.loads(json.dumps(arm.as_dict()))) == arm


def test_a_slowed_engine_says_the_same(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, extra_work=3)
    with arm.load() as plain, slow.load() as slowed:
        assert isinstance(slowed, Slowed)
        assert np.array_equal(plain(IMAGES[:1]), slowed(IMAGES[:1]))


def test_a_fresh_process_tells_a_much_slower_engine(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, extra_work=5000)  # several times the work
    verdict = in_fresh_process(slow, arm, IMAGES, 0.05, 0.2)
    assert verdict.status is not Status.PASS
    if verdict.ratio is not None:  # neighbours may leave no round calm
        assert verdict.ratio > 1.5
