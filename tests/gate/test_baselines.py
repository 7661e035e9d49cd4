"""Accepted figures: kept whole, read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import BaselineError
from sdvbench.gate.baselines import Baselines
from tests.gate.figures import ANCHOR, CELL, ENTRY


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


def test_dropping_forgets_what_matches(baselines):
    baselines.accept(ANCHOR, "memory", ENTRY)
    assert baselines.drop("*-W1-int8-*") == [(CELL, "latency")]
    assert list(baselines.accepted) == [(ANCHOR, "memory")]
