"""From a run's JSON to accepted figures."""

import json
import re
from unittest import mock

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from sdvbench.errors import BaselineError
from sdvbench.gate.accept import accept
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.judge import judge
from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Status
from sdvbench.typed_json import written
from tests.gate.figures import ANCHOR, CELL, ENTRY, FIGURE, LIBRARIES
from tests.json_mutations import mutated, result_of


def _run(records):
    return {
        "datetime": "2026-03-04T05:06:07",
        "commit_info": {"id": "0123456789abcdef", "dirty": True},
        "machine_info": {"sdvbench": {"hardware_class": "some-cpu", "libraries": {"torch": "2"}}},
        "benchmarks": [{"extra_info": {"sdvbench": record}} for record in records],
    }


def test_a_disturbed_figure_neither_passes_nor_fails(baselines, thresholds, tmp_path):
    figure = replace(FIGURE, cost=Estimate(0.9, 0.9, 0.9), disturbed="others were busy")
    assert judge(figure, baselines, thresholds, LIBRARIES).status is Status.INCONCLUSIVE
    (tmp_path / "run.json").write_text(json.dumps(_run([written(figure.recorded)])))
    accepted, (refused,), file = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: others were busy; run it again")
    assert not file.exists()


def test_accepting_a_run_keeps_other_cells(baselines, tmp_path):
    baselines.write()
    other = replace(FIGURE, cell=ANCHOR, cost=Estimate(1.0, 0.99, 1.01))
    (tmp_path / "run.json").write_text(json.dumps(_run([written(other.recorded)])))
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


@pytest.mark.parametrize(
    "change", [{"imgsz": 320}, {"imgsz": "384x640"}, {"weights": "0123"}, {"anchor": "another"}]
)
def test_figures_of_another_setting_are_not_replaced_by_accident(baselines, tmp_path, change):
    baselines.write()
    other = replace(FIGURE, **change)
    (tmp_path / "run.json").write_text(json.dumps(_run([written(other.recorded)])))
    accepted, (refused,), _ = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: would replace the figure of image size 640, ")
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY
    assert accept(tmp_path / "run.json", tmp_path, replace=True)[:2] == ([f"{CELL} latency"], [])
    found = Baselines(tmp_path, "some-cpu").find(CELL, "latency")
    assert found is not None
    assert (found.imgsz, found.weights) == (other.imgsz, other.weights)


def test_memory_has_no_anchor_that_could_be_another(baselines, tmp_path):
    for anchor in ("one", "another"):
        told = replace(FIGURE, metric="memory", anchor=anchor)
        (tmp_path / "run.json").write_text(json.dumps(_run([written(told.recorded)])))
        assert accept(tmp_path / "run.json", tmp_path)[:2] == ([f"{CELL} memory"], [])


def test_accepting_nothing_is_an_error(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(_run([written(FIGURE.recorded)])))
    with pytest.raises(BaselineError, match="has no figure of a cell with 'PX'"):
        accept(tmp_path / "run.json", tmp_path, only="PX")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cost": None}, "cost is null, not "),
        ({"cost": [0, 0, 0]}, r"cost\[0\] is 0, not a positive number"),
        ({"cost": [0.5, float("nan"), 0.6]}, r"cost\[1\] is NaN, not a positive number"),
        ({"cost": [-0.5, -0.6, -0.4]}, r"cost\[0\] is -0.5, not a positive number"),
        ({"imgsz": None}, "imgsz is null, not a whole number"),
        ({"artifact": 3}, "artifact is 3, not text"),
        ({"disturbed": None}, "disturbed is null, not text"),
        ({"shown": {"median_ms": None}}, "shown.median_ms is null, not a number"),
        ({"shown": {"p99_ms": float("inf")}}, "shown.p99_ms is Infinity, not a finite number"),
        ({"shown": {"images_per_second": 0}}, "shown.images_per_second is 0, not a positive"),
    ],
)
def test_a_figure_that_cannot_be_used_is_refused_and_others_accepted(tmp_path, change, why):
    good = written(replace(FIGURE, cell=ANCHOR).recorded)
    (tmp_path / "run.json").write_text(json.dumps(_run([good, written(FIGURE.recorded) | change])))
    accepted, (refused,), _ = accept(tmp_path / "run.json", tmp_path)
    assert accepted == [f"{ANCHOR} latency"]
    assert re.match(f"{CELL} latency: could not be used: {why}", refused)
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") is None


def test_figures_held_against_limits_are_not_accepted(tmp_path):
    limited = replace(FIGURE, metric="agreement", cost=None)
    (tmp_path / "run.json").write_text(
        json.dumps(_run([written(FIGURE.recorded), written(limited.recorded)]))
    )
    assert accept(tmp_path / "run.json", tmp_path)[:2] == ([f"{CELL} latency"], [])


def test_two_figures_of_one_name_are_refused(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(_run([written(FIGURE.recorded)] * 2)))
    with pytest.raises(BaselineError, match=f"holds two figures named '{CELL} latency'"):
        accept(tmp_path / "run.json", tmp_path)


@pytest.mark.parametrize("name", ["../other", "", ".hidden", "a/b", "a\0b", "c" * 300, None, 3])
def test_a_hardware_class_that_cannot_name_a_file_is_refused(tmp_path, name):
    run = _run([written(FIGURE.recorded)])
    run["machine_info"]["sdvbench"]["hardware_class"] = name
    (tmp_path / "run.json").write_text(json.dumps(run))
    with pytest.raises(BaselineError, match=r"run\.json: .*hardware_class"):
        accept(tmp_path / "run.json", tmp_path / "baselines")
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_accepted(tmp_path, encoding):
    (tmp_path / "run.json").write_bytes(
        json.dumps(_run([written(FIGURE.recorded)])).encode(encoding)
    )
    assert accept(tmp_path / "run.json", tmp_path)[0] == [f"{CELL} latency"]


VALID = _run(
    [
        written(FIGURE.recorded),
        written(replace(FIGURE, metric="memory").recorded),
        {"seconds": [1.0]},
    ]
)


@settings(max_examples=2000)
@given(mutated(VALID))
def test_what_is_accepted_of_a_damaged_file_can_be_read_back(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp() / "damaged-runs"
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_bytes(content)
    results, accepted_in = folder / "run.json", folder / "accepted"
    with mock.patch("os.fsync"):  # there are thousands
        found = result_of(lambda: accept(results, accepted_in, replace=True), "run.json")
    if found is None:
        return
    accepted, refused, file = found
    assert accepted or refused
    if accepted:
        assert len(Baselines(file.parent, file.stem).accepted) == len(accepted)
        file.unlink()
