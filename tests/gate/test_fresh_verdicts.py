"""What a fresh process says of a slowed engine: said in this process, in time that is made up."""

import json
from pkgutil import resolve_name

import numpy as np
import pytest

from sdvbench.gate import arms
from sdvbench.gate.arms import Arm
from sdvbench.gate.confirmation import in_fresh_process
from sdvbench.gate.share import share_afresh
from sdvbench.gate.verdict import Status, Tier
from sdvbench.measurement import fresh_process, interleaved
from sdvbench.workflows.w1_onnx_runtime import OnnxRuntimeEngine
from tests.clock import Clock

IMAGES = np.full((2, 3, 64, 64), 0.5, np.float32)


@pytest.fixture
def slow(arm, monkeypatch):
    """An arm that takes three times as long as ``arm``, of which a call takes 20 ms."""
    time = Clock()
    monkeypatch.setattr(arms, "perf_counter", time)
    monkeypatch.setattr(interleaved, "perf_counter", time)
    monkeypatch.setattr(interleaved, "waited_s", lambda: 0.0)
    monkeypatch.setattr(OnnxRuntimeEngine, "run", lambda self, images: time.pass_s(0.02))
    monkeypatch.setattr(arms, "work", lambda until: time.pass_s(until - time.now_s))

    def here(place, request, title):
        return resolve_name(place)(json.loads(json.dumps(request)))

    monkeypatch.setattr(fresh_process, "in_fresh_process", here)
    monkeypatch.setattr(interleaved.Interleaved, "others_cores", 0.0)
    return Arm(arm.workflow, arm.artifact, arm.spec, slow_down=2.0)


def test_a_much_slower_engine_fails(arm, slow):
    verdict = in_fresh_process(slow, arm, IMAGES, 0.05, 0.2)
    assert (verdict.status, verdict.tier) == (Status.FAIL, Tier.ARTIFACT)
    assert verdict.ratio == pytest.approx(3, rel=1e-3)
    assert in_fresh_process(arm, arm, IMAGES, 0.05, 0.2).status is Status.PASS


def test_its_share_is_of_the_time_an_image(arm, slow):
    found, disturbed = share_afresh((slow, arm), (IMAGES, IMAGES), (1, 2), 0.2)
    assert found.value == pytest.approx(3, rel=1e-3)
    assert disturbed == ""
