"""Accepted figures: kept whole, read strictly."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Baselines
from sdvbench.gate.listing import listed
from tests.gate.figures import ANCHOR, CELL, ENTRY
from tests.json_mutations import mutated, result_of


def test_what_is_written_is_read(baselines, tmp_path):
    baselines.write()
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY
    assert Baselines(tmp_path, "other-cpu").find(CELL, "latency") is None


OLD = """{"hardware_class": "some-cpu", "cells": {"yolov5s-orig-W1-fp32-b1": {
 "latency": {"cost": [0.98, 0.97, 0.99], "imgsz": 640, "anchor": "yolov5s-orig-W1-fp32-b1",
  "weights": "seeded", "artifact": "", "date": "2026-01-02", "commit": "abc",
  "libraries": {"torch": "2"}, "shown": {"median_ms": 87.6, "p90_ms": 0, "speed_up": 0}},
 "memory": {"cost": [136.0, 136.0, 136.0], "imgsz": 640, "anchor": "yolov5s-orig-W1-fp32-b1",
  "weights": "seeded", "artifact": "", "date": "2026-01-02", "commit": "abc",
  "libraries": {"torch": "2"}, "shown": {"private_memory_mb": 136.0, "cold_start_s": 0.9}},
 "gone": {"cost": [1, 1, 1], "imgsz": 640, "anchor": "", "weights": "seeded", "artifact": "",
  "date": "2026-01-02", "commit": "abc", "libraries": {}, "shown": {}}}}}"""


def test_a_file_of_an_older_version_and_a_metric_that_is_gone_are_read(tmp_path):
    (tmp_path / "some-cpu.json").write_text(OLD)
    found = Baselines(tmp_path, "some-cpu")
    assert [metric for _, metric in found.accepted] == ["latency", "memory", "gone"]
    (line,) = listed(found, "*")
    assert "latency 0.98 of the anchor, memory 136 MiB" in line
    assert "gone 1, " in line, "in a unit that nobody knows here"


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
        ({"imgsz": "384x"}, "imgsz"),
        ({"anchor": None}, "anchor"),
        ({"artifact": 3}, "artifact"),
        ({"shown": {"median_ms": "fast"}}, "shown.median_ms"),
        ({"shown": {"median_ms": 0}}, "shown.median_ms"),
        ({"shown": {"p99_ms": float("nan")}}, "shown.p99_ms"),
        ({"cost": [0, 0, 0]}, "cost"),
        ({"cost": [10**400] * 3}, "cost"),
        ({"imgsz": True}, "imgsz"),
        ({"libraries": {"torch": None}}, "libraries.torch"),
    ],
)
def test_a_damaged_entry_is_named_by_its_key(baselines, tmp_path, change, named):
    baselines.write()
    content = json.loads(baselines.file.read_text())
    content["cells"][CELL]["latency"] |= change
    baselines.file.write_text(json.dumps(content))
    with pytest.raises(BaselineError, match=rf"some-cpu.json: cells.{CELL}.latency.{named}"):
        Baselines(tmp_path, "some-cpu")


def test_dropping_forgets_what_matches(baselines):
    baselines.accept(ANCHOR, "memory", ENTRY)
    assert baselines.drop("*-W1-int8-*") == [(CELL, "latency")]
    assert list(baselines.accepted) == [(ANCHOR, "memory")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_read(baselines, tmp_path, encoding):
    baselines.write()
    baselines.file.write_bytes(baselines.file.read_text().encode(encoding))
    assert Baselines(tmp_path, "some-cpu").find(CELL, "latency") == ENTRY


def test_a_cell_that_a_merge_left_twice_is_named(baselines, tmp_path):
    baselines.write()
    once = baselines.file.read_text()
    baselines.file.write_text(once.replace('"cells": {', f'"cells": {{"{CELL}": {{}}, '))
    with pytest.raises(BaselineError, match=f"some-cpu.json: repeats the name '{CELL}'"):
        Baselines(tmp_path, "some-cpu")


def test_deep_nesting_is_an_error(tmp_path):
    (tmp_path / "some-cpu.json").write_text('{"cells": ' * 100_000)
    with pytest.raises(BaselineError, match=r"some-cpu.json: is nested more than 100 levels deep"):
        Baselines(tmp_path, "some-cpu")


SHOWN = {"median_ms": 50.0, "images_per_second": 20.0}
TEXTS = dict.fromkeys(("anchor", "weights", "artifact", "date", "commit"), "text")
METRIC = {"cost": [0.5, 0.49, 0.51], "imgsz": 640, "libraries": {"torch": "2"}, "shown": SHOWN}
VALID = {
    "hardware_class": "some-cpu",
    "cells": {CELL: {"latency": METRIC | TEXTS, "memory": METRIC | TEXTS}},
}


@settings(max_examples=2000)
@given(mutated(VALID))
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    (folder / "some-cpu.json").write_bytes(content)
    found = result_of(lambda: Baselines(folder, "some-cpu"), "some-cpu.json")
    for entry in found.accepted.values() if found else ():
        assert 0 < entry.cost.low <= entry.cost.value <= entry.cost.high
