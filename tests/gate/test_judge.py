"""Figures are compared only with their like."""

import pytest
from msgspec.structs import replace

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.judge import judge
from sdvbench.gate.stats import Estimate
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Tier, Verdict
from tests.gate.figures import ANCHOR, CELL, ENTRY, FIGURE, LIBRARIES


@pytest.mark.parametrize(
    ("cost", "status"),
    [
        (Estimate(0.51, 0.50, 0.52), Status.PASS),
        (Estimate(0.70, 0.68, 0.72), Status.FAIL),
        (Estimate(0.60, 0.40, 0.80), Status.INCONCLUSIVE),
    ],
)
def test_a_figure_is_judged_against_its_baseline(baselines, thresholds, cost, status):
    verdict = judge(replace(FIGURE, cost=cost), baselines, thresholds, LIBRARIES)
    assert verdict.status is status
    assert "accepted on 2026-01-02 at commit abc" in verdict.reason


def test_without_a_like_baseline_the_verdict_is_ungated(baselines, thresholds, tmp_path):
    elsewhere = judge(FIGURE, Baselines(tmp_path, "other-cpu"), thresholds, LIBRARIES)
    assert elsewhere.status is Status.UNGATED
    assert "other-cpu" in elsewhere.reason
    smaller = judge(replace(FIGURE, imgsz=320), baselines, thresholds, LIBRARIES)
    assert smaller.status is Status.UNGATED
    assert "accepted at image size 640, run at 320" in smaller.reason
    for other in ({"anchor": "x"}, {"weights": "0123abcd"}):
        verdict = judge(replace(FIGURE, **other), baselines, thresholds, LIBRARIES)
        assert verdict.status is Status.UNGATED
    assert "run with 0123abcd, and the accepted engine is not in the store" in verdict.reason
    newer = judge(FIGURE, baselines, thresholds, {"torch": "3"})
    assert newer.status is Status.UNGATED
    assert "anchor itself may have changed with its libraries (torch 2 -> 3)" in newer.reason


def test_memory_is_compared_across_library_versions(baselines, tmp_path):
    baselines.accept(CELL, "memory", ENTRY)
    (tmp_path / "thresholds.toml").write_text("[tolerance.absolute]\nmemory = 0.1\n")
    figure = replace(FIGURE, metric="memory")
    verdict = judge(figure, baselines, Thresholds(tmp_path), {"torch": "3"})
    assert verdict.status is Status.PASS


def test_no_loss_is_seen_where_the_reference_has_nothing_to_lose(baselines, thresholds):
    figure = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.0}, signal=0.1)
    assert judge(figure, baselines, thresholds, {}).status is Status.INCONCLUSIVE
    strong = replace(figure, signal=0.3)
    assert judge(strong, baselines, thresholds, {}).status is Status.PASS


def test_a_loss_that_is_seen_fails_however_little_there_was_to_lose(baselines, thresholds):
    figure = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.15}, signal=0.15)
    assert judge(figure, baselines, thresholds, {}).status is Status.FAIL


def test_limits_come_from_the_thresholds(baselines, thresholds):
    figure = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.06})
    assert judge(figure, baselines, thresholds, LIBRARIES).status is Status.FAIL
    unknown = replace(figure, cell=CELL.replace("int8", "fp8"))
    with pytest.raises(BaselineError, match=r"thresholds.toml: map_drop.fp8.map"):
        judge(unknown, baselines, thresholds, LIBRARIES)


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.INCONCLUSIVE])
def test_the_accepted_engine_that_ran_in_turn_decides(baselines, thresholds, status):
    paired = Verdict(status, "in turn", 1.0, (0.9, 1.1), Tier.ARTIFACT)
    figure = replace(FIGURE, paired=paired, disturbed="others were busy")
    # Another anchor does not matter: both engines ran in turn with this one.
    other = replace(figure, anchor="x")
    assert judge(other, baselines, thresholds, LIBRARIES) == paired
    # Both ran on today's libraries: what those have lost, neither shows.
    newer = judge(other, baselines, thresholds, {"torch": "3"})
    if status is Status.PASS:
        assert newer.status is Status.UNGATED
        assert newer.reason.startswith("in turn; but the anchor itself may have changed")
    else:
        assert newer == paired


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL])
def test_a_model_with_other_weights_is_held_against_the_accepted_engine(
    baselines, thresholds, status
):
    paired = Verdict(status, "in turn", 1.0, (0.9, 1.1), Tier.ARTIFACT)
    other = replace(FIGURE, paired=paired, weights="0123abcd")
    assert judge(other, baselines, thresholds, LIBRARIES) == paired
    smaller = replace(other, imgsz=320)
    assert judge(smaller, baselines, thresholds, LIBRARIES).status is Status.UNGATED


def test_every_verdict_names_its_tier(baselines, thresholds, tmp_path):
    verdict = judge(FIGURE, baselines, thresholds, LIBRARIES)
    assert verdict.tier is Tier.ANCHOR
    assert f"times the share of {ANCHOR}'s time accepted on 2026-01-02" in verdict.reason
    drop = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.01})
    assert judge(drop, baselines, thresholds, LIBRARIES).tier is Tier.LIMIT


def test_the_accepted_engine_itself_cannot_have_become_slower(baselines, thresholds):
    slow = replace(FIGURE, artifact=ENTRY.artifact, cost=Estimate(0.7, 0.68, 0.72))
    verdict = judge(slow, baselines, thresholds, LIBRARIES)
    assert verdict.status is Status.INCONCLUSIVE
    assert "byte for byte" in verdict.reason


CONTROLS = {
    Status.PASS: Verdict(Status.PASS, "1.002 times another", 1.002, (0.995, 1.005)),
    Status.FAIL: Verdict(Status.FAIL, "1.060 times another", 1.06, (1.03, 1.07)),
}


def test_nothing_fails_where_the_control_does(baselines, thresholds):
    slow = replace(FIGURE, cost=Estimate(0.58, 0.57, 0.59))
    found = {
        name: judge(slow, baselines, thresholds, LIBRARIES, control)
        for name, control in CONTROLS.items()
    }
    much = replace(slow, cost=Estimate(0.7, 0.69, 0.71))
    assert judge(much, baselines, thresholds, LIBRARIES, CONTROLS[Status.FAIL]).status == "FAIL"
    assert found[Status.PASS].status is Status.FAIL
    assert found[Status.FAIL].status is Status.INCONCLUSIVE
    assert "so differ two engines built alike (1.060 times another)" in found[Status.FAIL].reason


def test_times_are_compared_only_where_allowed_and_while_the_control_is_good(baselines, tmp_path):
    allowed = "[tolerance.absolute]\nlatency = 0.05\n"
    for text in ("[tolerance.anchor]\nlatency = 0.1\n", allowed):
        (tmp_path / "thresholds.toml").write_text(text)
        newer = [
            judge(
                replace(FIGURE, shown={"median_ms": ms}),
                baselines,
                Thresholds(tmp_path),
                {"torch": "3"},
                control,
            )
            for ms in (50.0, 60.0)
            for control in (CONTROLS[Status.PASS], CONTROLS[Status.FAIL], None)
        ]
        found = [verdict.status for verdict in newer]
        if text != allowed:
            assert found == [Status.UNGATED] * 6
    unclear = Status.INCONCLUSIVE
    assert found == [Status.PASS, unclear, unclear, Status.FAIL, unclear, unclear]
    others = replace(FIGURE, shown={"median_ms": 60.0}, disturbed="others were busy")
    control = CONTROLS[Status.PASS]
    verdict = judge(others, baselines, Thresholds(tmp_path), {"torch": "3"}, control)
    assert verdict.status is Status.INCONCLUSIVE
    assert newer[3].tier is Tier.ABSOLUTE
    assert newer[3].reason.startswith("1.200 times the latency accepted on 2026-01-02")
