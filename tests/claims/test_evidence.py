"""Evidence of engines by the paper's options, from a run that was made up."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from sdvbench.claims import accuracy, evidence, speed
from sdvbench.claims.claim import Build
from sdvbench.claims.evidence import Evidence
from sdvbench.gate.arms import Arm
from sdvbench.workflows.base import EngineSpec
from tests.claims.fakes import FakeDataset, claim

PAPER_S = Build("PG", "W1", "int8", (("calibration_method", "minmax"), ("quantization", "paper")))
PLAIN = Build("PG", "W1", "fp32")
RUN_S = {"threads": 2, "quantization": "tensorrt"}
BOTH = {"threads": 2, "quantization": "paper", "calibration_method": "minmax"}


class FakeRun:
    """Its artifacts are folders named by the options that they were built with."""

    def __init__(self, weights=None):
        self.settings = SimpleNamespace(
            model=("yolov5n",), weights=weights, data="scenes", device="cpu", batch=(1,)
        )
        self.effort = SimpleNamespace(budget_s=0.1)
        self.calls = lambda model: SimpleNamespace(timing=None)  # nothing is timed here
        self.dataset = FakeDataset()
        self.scored = []

    def gap(self, cell):
        return None

    def imgsz(self, cell):
        return 64

    speed_gap = gap

    def spec(self, cell):
        return EngineSpec.for_images(
            cell.precision, 64, 1, "cpu", RUN_S if cell.workflow == "W1" else {}
        )

    def artifact(self, cell, spec):
        return SimpleNamespace(folder=Path(spec.options["quantization"]))

    def metrics(self, cell, engine):
        self.scored.append(engine)
        return SimpleNamespace(map=0.2)

    def reference_metrics(self, reference):
        return SimpleNamespace(map=0.4)


@pytest.fixture
def loaded(monkeypatch):
    """The arms that were loaded, each as its own engine."""

    class Loaded(Arm):
        def load(self):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(evidence, "Arm", Loaded)


def test_the_paper_s_options_go_before_those_of_the_run():
    arm = Evidence(FakeRun(), "yolov5n", course=None).arm(PAPER_S)
    assert (arm.artifact, arm.spec.options) == (Path("paper"), BOTH)
    arm = Evidence(FakeRun(), "yolov5n", course=None).arm(PLAIN)
    assert (arm.artifact, arm.spec.options) == (Path("tensorrt"), RUN_S)


def test_accuracy_is_of_the_paper_s_recipe_and_scored_once(loaded, monkeypatch):
    asked = []

    def interval(before, after, classes, score):
        asked.append(score)
        return (0.19, 0.21)

    monkeypatch.setattr(evidence, "map_drop_interval", interval)
    run = FakeRun(weights=Path("/"))
    made = claim("accuracy", relation="drops", points=0.01)
    made = replace(made, pairs=((PAPER_S, PLAIN),))
    known = Evidence(run, "yolov5n", course=None)
    for _ in range(2):
        found = accuracy.judge(made, known)
    assert [arm.spec.options for arm in run.scored] == [BOTH]
    assert asked == ["map"]
    assert found.reason.startswith(
        "yolov5n at 64 pixels on cpu, W1-int8 with calibration_method=minmax and "
        "quantization=paper: PG-W1-int8 loses 0.2000 of 0.4000"
    )


def test_speed_and_memory_are_of_the_paper_s_recipe(monkeypatch):
    asked = []

    class FakeRatios:
        def __init__(self, arm, images, budget_s):
            self._arm = arm

        def timed(self, fast, slow, metric, limit):
            asked.extend(self._arm(cell) for cell in (fast, slow))
            return SimpleNamespace(speed_up=None, disturbed=["somebody was there"])

    monkeypatch.setattr(evidence, "Ratios", FakeRatios)
    monkeypatch.setattr(evidence, "run_fresh", lambda *arm: arm)
    known = Evidence(FakeRun(), "yolov5n", course=None)
    speed.speed(known, PAPER_S, PLAIN, "latency", 2.0)
    assert [arm.spec.options for arm in asked] == [BOTH, RUN_S]
    assert {spec.options["quantization"] for _, _, spec in known.fresh(PAPER_S)} == {"paper"}
