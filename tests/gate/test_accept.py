"""From a run's JSON to accepted figures."""

import json
from dataclasses import replace

import pytest

from sdvbench.errors import BaselineError
from sdvbench.gate.accept import accept
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.judge import judge
from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Status
from tests.gate.figures import ANCHOR, CELL, ENTRY, FIGURE, LIBRARIES


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
    (tmp_path / "run.json").write_text(json.dumps(_run([figure.as_dict()])))
    accepted, (refused,), file = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: others were busy; run it again")
    assert not file.exists()


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


@pytest.mark.parametrize("change", [{"imgsz": 320}, {"weights": "0123abcd"}, {"anchor": "another"}])
def test_figures_of_another_setting_are_not_replaced_by_accident(baselines, tmp_path, change):
    baselines.write()
    other = replace(FIGURE, setting=replace(FIGURE.setting, **change))
    (tmp_path / "run.json").write_text(json.dumps(_run([other.as_dict()])))
    accepted, (refused,), _ = accept(tmp_path / "run.json", tmp_path)
    assert accepted == []
    assert refused.startswith(f"{CELL} latency: would replace the figure of image size 640, ")
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY
    assert accept(tmp_path / "run.json", tmp_path, replace=True)[:2] == ([f"{CELL} latency"], [])
    found = Baselines(tmp_path, "some-cpu").find(CELL, "latency")
    assert found is not None
    assert (found.imgsz, found.weights) == (other.setting.imgsz, other.setting.weights)


def test_memory_has_no_anchor_that_could_be_another(baselines, tmp_path):
    for anchor in ("one", "another"):
        told = replace(FIGURE, metric="memory", setting=replace(FIGURE.setting, anchor=anchor))
        (tmp_path / "run.json").write_text(json.dumps(_run([told.as_dict()])))
        assert accept(tmp_path / "run.json", tmp_path)[:2] == ([f"{CELL} memory"], [])


def test_accepting_nothing_is_an_error(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(_run([FIGURE.as_dict()])))
    with pytest.raises(BaselineError, match="has no figure of a cell with 'PX'"):
        accept(tmp_path / "run.json", tmp_path, only="PX")
