"""The recommendation: the fastest cell that meets the limits, and why."""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sdvbench.errors import OptionError
from sdvbench.gate.verdict import Status
from sdvbench.report.limits import limits
from sdvbench.report.recommendation import ALIKE, recommend, recommendations
from sdvbench.report.rows import rows_of
from tests.report.made_up import DRIVERS, cells, driving_figures, figure, figures, realtime

CELLS = cells()


def told(cell, ms=None, loss=None, memory=None, status="PASS"):
    """Records of ``cell``; what is None was not measured."""
    metric = "map_drop" if "-orig-" in str(cell) else "pruning_drop"
    values = (
        ("latency", "median_ms", ms),
        (metric, metric, loss),
        ("memory", "private_memory_mb", memory),
    )
    return [
        figure(cell, metric, status, **{name: value})
        for metric, name, value in values
        if value is not None
    ]


def recommended(*records, **given):
    return recommend(rows_of(chain.from_iterable(records)), limits(**given))


def test_the_fastest_where_nothing_is_limited():
    found = recommended(told(CELLS[0], 30.0, 0.0, 200), told(CELLS[1], 20.0, 0.01, 100))
    assert found.cell == str(CELLS[1])
    assert found.reason == (
        "Of all 2 cells, no limit being given, yolov5s-PL-Wd-fp32-b1 is the fastest: 20 ms a call "
        "in 100 MiB, with a loss of mAP50-95 of 0.0100."
    )


def test_the_fastest_of_those_that_meet_the_limits():
    records = [record for cell in CELLS for record in figures(cell)]
    found = recommend(rows_of(records), limits(latency_ms=100, map_drop=0.02))
    assert found.cell == "yolov5s-PL-W1-fp32-b1"
    assert "a median latency of at most 100 ms and loss of mAP50-95 of at most 0.0200" in (
        found.reason
    )


def test_a_limit_is_met_by_what_equals_it():
    assert recommended(told(CELLS[0], 30.0), latency_ms=30.0).cell


def test_equally_fast_the_least_loss_decides_then_memory():
    fast = told(CELLS[0], 20.0, 0.03, 100)
    found = recommended(fast, told(CELLS[1], 20.3, 0.01, 300), told(CELLS[2], 20.2, 0.01, 200))
    assert found.cell == str(CELLS[2])
    assert "as fast as yolov5s-orig-Wd-fp32-b1 and 1 more (within 2 %)" in found.reason


def test_none_meets_says_which_limit_excludes_whom_and_by_how_much():
    found = recommended(
        *(told(CELLS[0], 30.0, 0.0, 200), told(CELLS[1], 20.0, 0.05, 100)),
        latency_ms=25,
        map_drop=0.02,
    )
    assert found.cell is None
    assert found.reason == (
        "No cell meets all limits: --max-latency-ms 25 excludes 1 of 2, the nearest "
        "yolov5s-orig-Wd-fp32-b1 by 5 ms; --max-map-drop 0.02 excludes 1 of 2, the nearest "
        "yolov5s-PL-Wd-fp32-b1 by 0.0300."
    )


def test_what_was_not_measured_is_not_recommended():
    found = recommended(told(CELLS[0], 30.0, 0.0), told(CELLS[1], 20.0), map_drop=0.02)
    assert found.cell == str(CELLS[0])
    assert found.left_out == ["yolov5s-PL-Wd-fp32-b1: loss of mAP50-95 not measured"]
    unlimited = recommended(told(CELLS[0], 30.0, 0.0), told(CELLS[1], 20.0))
    assert (unlimited.cell, "of unknown accuracy" in unlimited.reason) == (str(CELLS[1]), True)


def test_a_pruned_cell_is_held_against_the_unpruned_model():
    """Its loss by the build alone says nothing of what pruning lost."""
    alone = [figure(CELLS[1], "latency", median_ms=20.0), figure(CELLS[1], "map_drop", map_drop=0)]
    assert recommended(alone, map_drop=0.02).cell is None


def test_what_fails_is_not_recommended_and_what_is_unclear_is_told():
    failed, unclear = told(CELLS[0], 10.0, status="FAIL"), told(CELLS[1], 20.0, status="UNGATED")
    found = recommended(failed, unclear)
    assert found.cell == str(CELLS[1])
    assert found.left_out == ["yolov5s-orig-Wd-fp32-b1: FAIL"]
    assert found.reason.endswith("; its verdict here is UNGATED.")


def test_what_is_late_behind_a_camera_is_not_recommended():
    late = [realtime(CELLS[0], rate, status=Status.FAIL) for rate in (30, 10)]
    in_time = realtime(CELLS[1], 10, status=Status.PASS)
    records = [*told(CELLS[0], 10.0), *told(CELLS[1], 20.0)]
    found = recommend(rows_of(records, realtime=[*late, in_time]), [])
    assert found.cell == str(CELLS[1])
    assert found.left_out == [
        "yolov5s-orig-Wd-fp32-b1: deadlines FAIL behind a camera at 10, 30 Hz"
    ]


def test_a_cell_of_which_a_test_ended_in_an_error_is_not_recommended():
    records = [*told(CELLS[0], 10.0), *told(CELLS[1], 20.0), *told(replace(CELLS[0], batch=16), 30)]
    lost = [f"perf/test_memory.py::test_memory[{CELLS[0]}]", f"test_deadlines[{CELLS[1]}-30Hz]"]
    found = recommend(rows_of(records, lost=lost), [])
    assert found.cell == "yolov5s-orig-Wd-fp32-b16"
    assert found.left_out == ["yolov5s-orig-Wd-fp32-b1 and 1 more: a test ended in an error"]


def test_nothing_told():
    found = recommended([])
    assert (found.cell, found.reason) == (
        None,
        "No cell can be recommended (no median latency was measured).",
    )


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("-inf")])
def test_a_limit_that_is_no_limit_is_refused(wrong):
    told = r"--max-memory-mb .* \(--sdv-max-memory-mb in pytest\): .* Use for example 200"
    with pytest.raises(OptionError, match=told):
        limits(memory_mb=wrong)


def test_any_declared_value_may_be_limited_a_floor_where_more_is_better():
    records = [record for cell in CELLS for record in figures(cell)]
    found = recommend(rows_of(records), limits(others=["map=0.445, memory_mb=150"]))
    assert found.cell == "yolov5s-PL-W1-fp16-b1"
    told = "mAP50-95 of at least 0.4450 and private memory of at most 150 MiB"
    assert f"cells with a {told} " in found.reason
    none = recommend(rows_of(records), limits(others=["map=0.5", "images_per_second=1"]))
    assert none.reason == (
        "No cell meets all limits: --limit map=0.5 excludes 16 of 16, the nearest "
        "yolov5s-orig-Wd-fp32-b1 by 0.0400."
    )


def test_the_older_options_are_spellings_of_it():
    for old, new in ((limits(50), "latency_ms=50"), (limits(None, 0.1), "map_drop=0.1")):
        (one,), (other,) = old, limits(others=[new])
        assert (one.value, one.bound) == (other.value, other.bound)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("latency=50", r"--limit latency=50 .*'latency' is not known. Write .* from latency_ms, "),
        ("map", r"--limit map \(--sdv-limit in pytest\): is not METRIC=VALUE .* like map=0.3"),
        ("map=", "is not METRIC=VALUE with a number"),
        ("memory_mb=nan", "is not a number of 0 or more. Use for example 200"),
        ("memory_mb=-1", "is not a number of 0 or more"),
        ("memory_mb=1,memory_mb=2", "--limit memory_mb=2 .* is a second limit of memory_mb. Give"),
        ("", "'' is not known"),
    ],
)
def test_a_limit_that_is_wrong_is_told_with_what_there_is(given, told):
    with pytest.raises(OptionError, match=told):
        limits(others=[given])


FIGURES = st.tuples(
    st.floats(1, 100), st.floats(0, 0.1), st.floats(50, 500), st.sampled_from(["PASS", "FAIL"])
)


@given(st.lists(FIGURES, max_size=len(CELLS)), st.floats(1, 100), st.floats(0, 0.1))
def test_what_is_recommended_meets_every_limit_and_no_other_is_clearly_faster(found, ms, loss):
    rows = rows_of(
        record for cell, one in zip(CELLS, found, strict=False) for record in told(cell, *one)
    )
    meeting = [
        row
        for row in rows
        if row.latency_ms <= ms and row.loss <= loss and row.status.value == "PASS"
    ]
    best = recommend(rows, limits(ms, loss)).cell
    assert (best is None) == (not meeting)
    if best:
        (chosen,) = [row for row in meeting if str(row.cell) == best]
        assert chosen.latency_ms <= min(row.latency_ms for row in meeting) * (1 + ALIKE)


def detectors(*records):
    return [structs.replace(record, task="detection") for record in records]


def test_networks_of_two_tasks_do_not_stand_in_for_one_another():
    found = [*detectors(*told(CELLS[0], 30.0, 0.01)), *driving_figures(DRIVERS[2], 0.4, 3, 0.0284)]
    of_detection, of_driving = recommendations(rows_of(found), [])
    assert (of_detection.task, of_detection.cell) == ("detection", str(CELLS[0]))
    assert (of_driving.task, of_driving.cell) == ("driving", "pilotnet-orig-W1-int8-b1")
    assert "with a mean squared error of 0.01028" in of_driving.reason


def test_of_equally_fast_drivers_the_smaller_error_decides_not_what_it_grew_by():
    """Each pruning's growth is over its own fp32 network, which may drive badly."""
    worse = structs.replace(
        driving_figures(DRIVERS[1], 1.0)[1], shown={"mse": 0.02, "mse_growth": -0.1}
    )
    found = [driving_figures(DRIVERS[1], 1.0)[0], worse, *driving_figures(DRIVERS[2], 1.0, 1, 0.03)]
    assert recommend(rows_of(found), []).cell == str(DRIVERS[2])


def test_what_does_not_arrive_is_not_recommended_unless_a_limit_allows_it():
    lost = figure(DRIVERS[2], "deviation", "INCONCLUSIVE", arrived=0.9, deviation_m=0.9)
    found = [*driving_figures(DRIVERS[1], 1.0), *driving_figures(DRIVERS[2], 0.4), lost]
    reached = recommend(rows_of(found), [])
    assert reached.cell == str(DRIVERS[1])
    assert reached.left_out == [f"{DRIVERS[2]}: not every trip in the simulator arrives"]
    assert recommend(rows_of(found), limits(others=["arrived=0.8"])).cell == str(DRIVERS[2])


def test_a_limit_of_map_does_not_concern_networks_that_drive():
    found = [*detectors(*told(CELLS[0], 30.0, 0.5)), *driving_figures(DRIVERS[2], 0.4)]
    of_detection, of_driving = recommendations(rows_of(found), limits(map_drop=0.02))
    assert of_detection.cell is None
    assert of_driving.cell == str(DRIVERS[2])
    both = recommendations(rows_of(found), limits(latency_ms=0.1))
    assert [one.cell for one in both] == [None, None]


def test_one_task_is_not_named():
    (found,) = recommendations(rows_of(detectors(*told(CELLS[0], 30.0, 0.01))), [])
    assert found.task == ""
    assert found == recommend(rows_of(told(CELLS[0], 30.0, 0.01)), [])
