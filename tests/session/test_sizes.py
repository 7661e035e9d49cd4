"""MACs and parameters of a cell's model: counted once, and never in the way of a verdict."""

from types import SimpleNamespace

import pytest

from sdvbench.cells import Cell
from sdvbench.pruning import profile
from sdvbench.session.sizes import size_of
from sdvbench.store import Store

CELL = Cell("yolov5n", "PL", "W1", "int8")


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """Counts 10 MACs and 20 parameters of any model, and notes each time that it does."""

    def counted(model, imgsz):
        one.counted.append(imgsz)
        return profile.Profile(10, 20)

    class Suite(SimpleNamespace):
        __hash__ = object.__hash__

    one = Suite(
        settings=SimpleNamespace(imgsz=64),
        store=Store(tmp_path),
        model_artifact=lambda cell: SimpleNamespace(key=f"{cell.model}-{cell.pruning}"),
        model=lambda cell: None,
        given=lambda model: SimpleNamespace(kind="module"),
        counted=[],
    )
    monkeypatch.setattr(profile, "profile", counted)
    return one


def test_a_model_is_counted_once_for_all_its_cells(suite):
    assert size_of(suite, CELL) == {"macs": 10, "params": 20}
    assert size_of(suite, Cell("yolov5n", "PL", "Wd", "fp32", 8)) == {"macs": 10, "params": 20}
    assert suite.counted == [64]
    size_of(suite, Cell("yolov5n", "PS", "W1", "int8"))
    assert suite.counted == [64, 64]


def test_another_session_finds_it_in_the_store(suite):
    size_of(suite, CELL)
    again = type(suite)(**vars(suite))
    assert size_of(again, CELL) == {"macs": 10, "params": 20}
    assert suite.counted == [64]


def test_what_cannot_be_counted_costs_a_warning_and_no_verdict(suite, caplog):
    def broken(cell):
        raise ZeroDivisionError("traced badly")

    suite.model = broken
    assert size_of(suite, CELL) == {}
    assert "yolov5n-PL: MACs and parameters were not counted (" in caplog.text


def test_an_engine_s_bytes_are_those_of_the_files_that_it_is_loaded_from(suite):
    """W2's artifact holds the ONNX file beside the plan."""

    def build(folder):
        (folder / "model.onnx").write_bytes(b"x" * 100)
        (folder / "model.plan").write_bytes(b"x" * 30)

    key = suite.store.get_or_build({"kind": "made up"}, build).key
    for workflow, size in (("W2", 30), ("W1", 130)):
        cell = Cell("yolov5n", "PL", workflow, "fp16")
        assert size_of(suite, cell, key)["artifact_bytes"] == size
