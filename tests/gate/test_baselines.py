"""Accepted figures: kept whole, read strictly, compared only with their like."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import BaselineError
from sdvbench.gate.accept import accept
from sdvbench.gate.baselines import Accepted, Baselines
from sdvbench.gate.figures import Figure, Setting
from sdvbench.gate.judge import judge
from sdvbench.gate.stats import Estimate
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Tier, Verdict

CELL = "yolov5s-PL-W1-int8-b1"
ANCHOR = "yolov5s-orig-W1-fp32-b1"
ENTRY = Accepted(
    cost=Estimate(0.5, 0.49, 0.51),
    imgsz=640,
    anchor=ANCHOR,
    weights="seeded",
    artifact="0a" * 32,
    date="2026-01-02",
    commit="abc",
    libraries={"torch": "2"},
    shown={"median_ms": 50.0, "images_per_second": 20.0},
)
LIBRARIES = ENTRY.libraries
FIGURE = Figure(
    CELL, "latency", Setting(640, ANCHOR, artifact="0b" * 32), dict(ENTRY.shown), ENTRY.cost
)


@pytest.fixture
def baselines(tmp_path):
    found = Baselines(tmp_path, "some-cpu")
    found.accept(CELL, "latency", ENTRY)
    return found


@pytest.fixture
def thresholds(tmp_path):
    (tmp_path / "thresholds.toml").write_text(
        "[tolerance.anchor]\nlatency = 0.1\n[map_drop]\nint8 = { map = 0.05 }\n"
    )
    return Thresholds(tmp_path)


def test_what_is_written_is_read(baselines, tmp_path):
    baselines.write()
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY
    assert Baselines(tmp_path, "other-cpu").find(CELL, "latency") is None


def test_the_file_is_sorted_and_stable(baselines, tmp_path):
    baselines.accept("a-orig-Wd-fp32-b1", "memory", ENTRY)
    baselines.write()
    first = baselines.file.read_bytes()
    again = Baselines(tmp_path, "some-cpu")
    again.write()
    assert again.file.read_bytes() == first
    assert list(json.loads(first)["cells"]) == ["a-orig-Wd-fp32-b1", CELL]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_name(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("baselines")
    (folder / "some-cpu.json").write_bytes(content)
    with pytest.raises(BaselineError, match=r"some-cpu\.json"):
        Baselines(folder, "some-cpu")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cost": [1, 2]}, "cost"),
        ({"cost": [1.0, 2.0, 3.0]}, "cost"),
        ({"cost": [0.5, float("nan"), 0.6]}, "cost"),
        ({"imgsz": "640"}, "imgsz"),
        ({"anchor": None}, "anchor"),
        ({"artifact": 3}, "artifact"),
        ({"shown": {"median_ms": "fast"}}, "shown.median_ms"),
    ],
)
def test_a_damaged_entry_is_named_by_its_key(baselines, tmp_path, change, named):
    baselines.write()
    content = json.loads(baselines.file.read_text())
    content["cells"][CELL]["latency"] |= change
    baselines.file.write_text(json.dumps(content))
    with pytest.raises(BaselineError, match=rf"some-cpu.json: cells.{CELL}.latency.{named}"):
        Baselines(tmp_path, "some-cpu")


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
    smaller = judge(replace(FIGURE, setting=Setting(320, ANCHOR)), baselines, thresholds, LIBRARIES)
    assert smaller.status is Status.UNGATED
    assert "accepted at image size 640, run at 320" in smaller.reason
    for other in (Setting(640, "x"), Setting(640, ANCHOR, "0123abcd")):
        verdict = judge(replace(FIGURE, setting=other), baselines, thresholds, LIBRARIES)
        assert verdict.status is Status.UNGATED
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


def test_a_disturbed_figure_neither_passes_nor_fails(baselines, thresholds, tmp_path):
    figure = replace(FIGURE, cost=Estimate(0.9, 0.9, 0.9), disturbed="others were busy")
    assert judge(figure, baselines, thresholds, LIBRARIES).status is Status.INCONCLUSIVE
    (tmp_path / "run.json").write_text(json.dumps(_run([figure.as_dict()])))
    accepted, (refused,), file = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: others were busy; run it again")
    assert not file.exists()


def test_limits_come_from_the_thresholds(baselines, thresholds):
    figure = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.06})
    assert judge(figure, baselines, thresholds, LIBRARIES).status is Status.FAIL
    unknown = replace(figure, cell=CELL.replace("int8", "fp8"))
    with pytest.raises(BaselineError, match=r"thresholds.toml: map_drop.fp8.map"):
        judge(unknown, baselines, thresholds, LIBRARIES)


def test_tolerances_may_differ_by_cell(tmp_path):
    (tmp_path / "thresholds.toml").write_text(
        '[tolerance.anchor]\nlatency = 0.1\n[tolerance.anchor."*-Wd-*"]\nlatency = 0.5\n'
        "[tolerance.artifact]\nlatency = 0.05\n"
    )
    thresholds = Thresholds(tmp_path)
    assert thresholds.tolerance(Tier.ANCHOR, "latency", CELL) == 0.1
    assert thresholds.tolerance(Tier.ANCHOR, "latency", "yolov5s-orig-Wd-fp32-b1") == 0.5
    assert thresholds.tolerance(Tier.ARTIFACT, "latency", "yolov5s-orig-Wd-fp32-b1") == 0.05
    assert not thresholds.has(Tier.ABSOLUTE, "latency")
    with pytest.raises(BaselineError, match=r"tolerance.anchor.throughput is not a number"):
        thresholds.tolerance(Tier.ANCHOR, "throughput", CELL)


def test_a_missing_or_broken_thresholds_file_is_named(tmp_path):
    with pytest.raises(BaselineError, match="there is no such file"):
        Thresholds(tmp_path)
    (tmp_path / "thresholds.toml").write_text("[tolerance\n")
    with pytest.raises(BaselineError, match="cannot be read"):
        Thresholds(tmp_path)
    for text, named in (
        ("tolerance = 1\n", "tolerance"),
        ("[tolerance]\nanchor = 0.1\n", "anchor"),
    ):
        (tmp_path / "thresholds.toml").write_text(text)
        with pytest.raises(BaselineError, match=f"{named} is not a table"):
            Thresholds(tmp_path).has(Tier.ANCHOR, "latency")


def _run(records):
    return {
        "datetime": "2026-03-04T05:06:07",
        "commit_info": {"id": "0123456789abcdef", "dirty": True},
        "machine_info": {"sdvbench": {"hardware_class": "some-cpu", "libraries": {"torch": "2"}}},
        "benchmarks": [{"extra_info": {"sdvbench": record}} for record in records],
    }


def test_accepting_a_run_keeps_other_cells(baselines, tmp_path):
    baselines.write()
    other = replace(FIGURE, cell=ANCHOR, cost=Estimate(1.0, 0.99, 1.01))
    (tmp_path / "run.json").write_text(json.dumps(_run([other.as_dict()])))
    assert accept(tmp_path / "run.json", tmp_path) == ([f"{ANCHOR} latency"], [], baselines.file)
    found = Baselines(tmp_path, "some-cpu")
    assert found.find(CELL, "latency") == ENTRY
    accepted = found.find(ANCHOR, "latency")
    assert accepted is not None
    assert (accepted.commit, accepted.date) == ("0123456789+changes", "2026-03-04")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"machine_info": {}, "benchmarks": []}'])
def test_what_is_no_run_of_sdvbench_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BaselineError, match=r"run\.json"):
        accept(tmp_path / "run.json", tmp_path)
    assert not (tmp_path / "some-cpu.json").exists()


@pytest.mark.parametrize("change", [{"imgsz": 320}, {"weights": "0123abcd"}])
def test_figures_of_another_setting_are_not_replaced_by_accident(baselines, tmp_path, change):
    baselines.write()
    other = replace(FIGURE, setting=replace(FIGURE.setting, **change))
    (tmp_path / "run.json").write_text(json.dumps(_run([other.as_dict()])))
    accepted, (refused,), _ = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: would replace the figure of image size 640 and")
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY
    assert accept(tmp_path / "run.json", tmp_path, replace=True)[:2] == ([f"{CELL} latency"], [])
    found = Baselines(tmp_path, "some-cpu").find(CELL, "latency")
    assert found is not None
    assert (found.imgsz, found.weights) == (other.setting.imgsz, other.setting.weights)


def test_accepting_nothing_is_an_error(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(_run([FIGURE.as_dict()])))
    with pytest.raises(BaselineError, match="has no figure of a cell with 'PX'"):
        accept(tmp_path / "run.json", tmp_path, only="PX")


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.INCONCLUSIVE])
def test_the_accepted_engine_that_ran_in_turn_decides(baselines, thresholds, status):
    paired = Verdict(status, "in turn", 1.0, (0.9, 1.1), Tier.ARTIFACT)
    figure = replace(FIGURE, paired=paired, disturbed="others were busy")
    # Another anchor does not matter: both engines ran in turn with this one.
    other = replace(figure, setting=replace(figure.setting, anchor="x"))
    assert judge(other, baselines, thresholds, LIBRARIES) == paired
    # Both ran on today's libraries: what those have lost, neither shows.
    newer = judge(other, baselines, thresholds, {"torch": "3"})
    if status is Status.PASS:
        assert newer.status is Status.UNGATED
        assert newer.reason.startswith("in turn; but the anchor itself may have changed")
    else:
        assert newer == paired


def test_every_verdict_names_its_tier(baselines, thresholds, tmp_path):
    verdict = judge(FIGURE, baselines, thresholds, LIBRARIES)
    assert verdict.tier is Tier.ANCHOR
    assert f"times the share of {ANCHOR}'s time accepted on 2026-01-02" in verdict.reason
    drop = replace(FIGURE, metric="map_drop", cost=None, limited={"map": 0.01})
    assert judge(drop, baselines, thresholds, LIBRARIES).tier is Tier.LIMIT


def test_the_accepted_engine_itself_cannot_have_become_slower(baselines, thresholds):
    same = replace(FIGURE.setting, artifact=ENTRY.artifact)
    slow = replace(FIGURE, setting=same, cost=Estimate(0.7, 0.68, 0.72))
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


def test_dropping_forgets_what_matches(baselines):
    baselines.accept(ANCHOR, "memory", ENTRY)
    assert baselines.drop("*-W1-int8-*") == [(CELL, "latency")]
    assert list(baselines.accepted) == [(ANCHOR, "memory")]
