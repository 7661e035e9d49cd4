"""Figures against [limits]: in the units that people think in, beside what was accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.judge import judge
from sdvbench.gate.limits import within_limits
from sdvbench.gate.stats import Estimate
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Status, Tier
from tests.gate.figures import CELL, FIGURE, LIBRARIES

ORIG = CELL.replace("PL", "orig")
SCORED = replace(
    FIGURE,
    cell=ORIG,
    metric="map_drop",
    shown={"map": 0.31, "map_drop": 0.01},
    cost=None,
    signal=0.32,
)


@pytest.fixture
def limits(tmp_path):
    """Thresholds with this under [limits]."""

    def of(*lines):
        (tmp_path / "thresholds.toml").write_text("\n".join(["[limits]", *lines]))
        return Thresholds(tmp_path)

    return of


def test_a_figure_beyond_its_limit_fails_and_says_by_how_much(baselines, limits):
    verdict = judge(FIGURE, baselines, limits('latency_ms = { "*-W1-*" = 40 }'), LIBRARIES)
    assert (verdict.status, verdict.tier) == (Status.FAIL, Tier.LIMIT)
    limit = "median latency 50 ms is above its limit of 40 ms by 10 ms; "
    assert verdict.reason.startswith(limit)
    assert "1.000 times the share of" in verdict.reason, "and what it was compared with"
    assert verdict.change == "+0.0 %", "which is the baseline's alone"


def test_a_figure_within_its_limit_is_judged_as_without(baselines, limits):
    verdict = judge(FIGURE, baselines, limits('latency_ms = { "*" = 50 }'), LIBRARIES)
    assert (verdict.status, verdict.tier) == (Status.PASS, Tier.ANCHOR)
    assert verdict.reason.endswith("; median latency 50 ms is at its limit of 50 ms")
    slower = replace(FIGURE, cost=Estimate(0.9, 0.89, 0.91))
    verdict = judge(slower, baselines, limits('latency_ms = { "*" = 60 }'), LIBRARIES)
    assert (verdict.status, verdict.tier) == (Status.FAIL, Tier.ANCHOR)


def test_a_limit_makes_no_pass_of_what_has_no_baseline(limits, tmp_path):
    elsewhere = Baselines(tmp_path, "other-cpu")
    for limit, status in ((60, Status.UNGATED), (40, Status.FAIL)):
        found = judge(FIGURE, elsewhere, limits(f'latency_ms = {{ "*" = {limit} }}'), LIBRARIES)
        assert found.status is status


def test_the_first_pattern_decides_and_other_cells_have_no_limit(limits):
    found = limits('latency_ms = { "*-PL-*" = 60, "*-int8-*" = 40 }')
    assert found.limit("latency_ms", CELL) == 60
    assert found.limit("latency_ms", ORIG) == 40
    assert found.limit("latency_ms", CELL.replace("PL", "PG").replace("int8", "fp32")) is None
    assert found.limit("memory_mb", CELL) is None


def test_more_is_better_makes_a_limit_a_floor(limits):
    verdict = within_limits(SCORED, limits('map = { "yolov5s-orig-*" = 0.33 }'))
    assert verdict.status is Status.FAIL
    assert verdict.reason == "mAP50-95 0.3100 is below its limit of 0.3300 by 0.0200"
    assert within_limits(SCORED, limits('map = { "*" = 0.3 }')).status is Status.PASS
    quick = replace(FIGURE, metric="throughput", shown={"images_per_second": 20.0}, cost=None)
    floor = limits('images_per_second = { "*" = 30 }')
    assert within_limits(quick, floor).status is Status.FAIL


@pytest.mark.parametrize(
    ("limit", "status"), [(40, Status.FAIL), (50, Status.INCONCLUSIVE), (60, Status.PASS)]
)
def test_the_whole_interval_decides_where_there_is_one(limits, limit, status):
    figure = replace(FIGURE, intervals={"median_ms": (45.0, 55.0)})
    verdict = within_limits(figure, limits(f'latency_ms = {{ "*" = {limit} }}'))
    assert verdict.status is status
    assert "(95 % interval 45 ms to 55 ms)" in verdict.reason


def test_what_others_disturbed_does_not_fail(baselines, limits):
    figure = replace(FIGURE, disturbed="others were busy")
    tight, wide = 'latency_ms = { "*" = 40 }', 'latency_ms = { "*" = 60 }'
    verdict = within_limits(figure, limits(tight))
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reason.endswith("by 10 ms, but others were busy; run again when it is quiet")
    assert judge(figure, baselines, limits(tight), LIBRARIES).status is Status.INCONCLUSIVE
    assert within_limits(figure, limits(wide)).status is Status.PASS, "others make no call faster"


def test_several_values_of_a_figure_have_limits_of_their_own(limits):
    shown = {"private_memory_mb": 210.0, "file_mb": 12.0, "cold_start_s": 4.0}
    figure = replace(FIGURE, metric="memory", shown=shown)
    found = limits(*(f'{name} = {{ "*" = {limit} }}' for name, limit in LIMITS.items()))
    verdict = within_limits(figure, found)
    assert verdict.status is Status.FAIL
    assert verdict.reason == (
        "size of the artifact 12 MiB is above its limit of 10 MiB by 2 MiB; "
        "cold start 4 s is above its limit of 3 s by 1 s; "
        "private memory 210 MiB is below its limit of 220 MiB by 10 MiB"
    )


LIMITS = {"memory_mb": 220, "file_mb": 10, "cold_start_s": 3}


def test_what_was_not_measured_or_is_no_number_passes_no_limit(limits):
    found = limits('cold_start_s = { "*" = 3 }')
    figure = replace(FIGURE, metric="memory", shown={"private_memory_mb": 210.0})
    assert within_limits(figure, found).status is Status.INCONCLUSIVE
    lost = replace(figure, shown={"cold_start_s": float("nan")})
    verdict = within_limits(lost, found)
    assert (verdict.status, "is no number" in verdict.reason) == (Status.FAIL, True)


def test_a_loss_of_map_is_below_the_unpruned_model_as_in_the_recommendation(limits):
    found = limits('map_drop = { "*" = 0.02 }')
    assert within_limits(SCORED, found).status is Status.PASS
    pruned = replace(SCORED, cell=CELL)
    assert within_limits(pruned, found) is None, "its loss by the build alone"
    below = replace(pruned, metric="pruning_drop", shown={"pruning_drop": 0.05})
    assert within_limits(below, found).status is Status.FAIL
    assert within_limits(replace(SCORED, signal=0.05), found).status is Status.INCONCLUSIVE


WRONG = {
    "limits.latency is not known. Choose from latency_ms, ": "latency = { '*' = 20 }",
    "limits.latency_ms is not a table. Write it like { ": "latency_ms = 20",
    "limits.latency_ms.*-w1-* is no pattern that a cell": "latency_ms = { '*-w1-*' = 20 }",
    "limits.latency_ms.* is not a number of 0 or more": "latency_ms = { '*' = '20' }",
    "limits.memory_mb.* is not a number": "memory_mb = { '*' = -1 }",
    "limits.memory_mb.*-W1-* is not a number": "memory_mb = { '*-W1-*' = inf }",
    "limits.file_mb.* is not a number": "file_mb = { '*' = true }",
    "limits.map.* is more than 1. Write it like 0.3": "map = { '*' = 33 }",
}


@pytest.mark.parametrize("problem", WRONG)
def test_what_is_wrong_is_named(limits, problem):
    with pytest.raises(BaselineError) as caught:
        limits(WRONG[problem])
    assert problem in str(caught.value)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_no_limit_passes_a_value_beyond_it_and_none_fails_one_within(
    tmp_path_factory, value, low, high, limit
):
    folder = tmp_path_factory.getbasetemp()
    (folder / "thresholds.toml").write_text(f"[limits]\nlatency_ms = {{ '*' = {limit!r} }}\n")
    interval = min(low, value), max(high, value)
    figure = replace(FIGURE, shown={"median_ms": value}, intervals={"median_ms": interval})
    status = within_limits(figure, Thresholds(folder)).status
    assert (status is Status.PASS) == (interval[1] <= limit)
    assert (status is Status.FAIL) == (interval[0] > limit)
