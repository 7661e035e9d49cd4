"""Evidence of engines by the paper's options, from a run that was made up."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sdvbench.claims import accuracy, evidence, speed
from sdvbench.claims.claim import Build
from sdvbench.claims.evidence import Evidence
from sdvbench.gate.arms import Arm
from sdvbench.tasks.driving.task import Driving
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
        self.given = lambda model: SimpleNamespace(trained=weights is not None)
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


class DrivingRun(FakeRun):
    """Of a network that drives; artifacts have as many bytes as the workflow's name has letters."""

    def __init__(self, weights=None, task="driving", labelled=True):
        super().__init__(weights)
        self.data = "circuit"
        self.dataset = SimpleNamespace(classes=(), labelled_for=lambda task: labelled)
        self.network = lambda model: SimpleNamespace(task=task)
        self.task = lambda model: Driving

    def artifact(self, cell, spec):
        return SimpleNamespace(folder=Path(), bytes=len(cell.workflow))

    def reference_metrics(self, reference):
        """Errors of 200 frames, twice as large of any workflow but Wd."""
        errors = np.random.default_rng(0).normal(size=(200, 2))
        factor = 1.0 if reference.workflow == "Wd" else 2.0
        return SimpleNamespace(errors=factor * errors)


def test_errors_grow_by_a_share_with_the_metric_s_own_interval():
    known = Evidence(DrivingRun(), "pilotnet", course=None)
    wd = Build("orig", "Wd", "fp32")
    assert known.growth(PLAIN, wd, "mse") == pytest.approx((3.0, 3.0, 3.0))  # paired: no width
    assert known.growth(PLAIN, wd, "mae") == pytest.approx((1.0, 1.0, 1.0))
    assert known.growth(wd, wd, "mse") == (0.0, 0.0, 0.0)
    assert known.file_bytes(wd) == 2


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (DrivingRun(Path("/"), task="detection"), "is a figure of driving, and pilotnet is for"),
        (DrivingRun(), "MSE needs trained weights; to enable: --sdv-model pilotnet"),
        (DrivingRun(Path("/"), labelled=False), "MSE needs labels for driving, and circuit has"),
    ],
)
def test_what_has_no_error_says_why(run, told):
    assert told in str(Evidence(run, "pilotnet", course=None).score_gap("mse"))
    assert Evidence(DrivingRun(Path("/")), "pilotnet", course=None).score_gap("mse") is None


def test_a_file_of_a_network_has_its_own_weights():
    run = DrivingRun()
    run.given = lambda model: SimpleNamespace(trained=True)
    assert Evidence(run, "pilotnet", course=None).score_gap("mse") is None


def test_an_engine_drives_once(loaded):
    class Course:
        driven: list[object] = []  # noqa: RUF012

        def gap(self, cell):
            return None

        def drives(self, cell, engine):
            self.driven.append(engine.spec.options)
            return str(cell)

    known = Evidence(FakeRun(), "yolov5n", Course())
    assert known.drive_gap(PAPER_S) is None
    for _ in range(2):
        assert known.drives(PAPER_S) == "yolov5n-PG-W1-int8-b1"
    assert Course.driven == [BOTH]
