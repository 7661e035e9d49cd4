"""Engines named to another process, and slowed ones."""

import json

import numpy as np
import pytest

import sdvbench
from sdvbench.gate.arms import Arm, Slowed
from sdvbench.gate.confirmation import in_fresh_process
from sdvbench.gate.verdict import Status
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec

SPEC = EngineSpec("fp32", imgsz=64, options={"threads": 1})
IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


@pytest.fixture(scope="module")
def arm(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    sdvbench.build(sdvbench.load_model("yolov5n"), "W1", imgsz=64, store=store, threads=1).close()
    (folder,) = (
        store.root / entry.key[:2] / entry.key
        for entry in store.entries()
        if entry.recipe["kind"] == "engine"
    )
    return Arm("W1", folder, SPEC)


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
