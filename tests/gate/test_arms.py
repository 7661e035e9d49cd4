"""Engines named to another process, and slowed ones."""

import json
from time import perf_counter

import numpy as np

from sdvbench.gate.arms import Arm, Slowed
from sdvbench.gate.confirmation import in_fresh_process
from sdvbench.gate.verdict import Status

IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


def test_an_arm_comes_back_from_json(arm):
    assert Arm.from_dict(json.loads(json.dumps(arm.as_dict()))) == arm


def test_a_slowed_engine_says_the_same(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, slow_down=0.05)
    with arm.load() as plain, slow.load() as slowed:
        assert isinstance(slowed, Slowed)
        assert np.array_equal(plain(IMAGES[:1]), slowed(IMAGES[:1]))


def test_a_slowed_engine_computes_on_for_a_share_of_the_call(arm):
    seconds = []

    class Engine:
        spec = arm.spec

        def run(self, images):
            start = perf_counter()
            while perf_counter() < start + 0.004:
                pass
            seconds.append(perf_counter() - start)
            return images

    slowed = Slowed(Engine(), 0.5)
    start = perf_counter()
    for _ in range(5):
        slowed.run(IMAGES)
    assert perf_counter() - start >= 1.5 * sum(seconds)


def test_a_fresh_process_tells_a_much_slower_engine(arm):
    slow = Arm(arm.workflow, arm.artifact, arm.spec, slow_down=2.0)
    verdict = in_fresh_process(slow, arm, IMAGES, 0.05, 0.2)
    assert verdict.status is not Status.PASS
    if verdict.ratio is not None:  # neighbours may leave no round calm
        assert verdict.ratio > 1.5
