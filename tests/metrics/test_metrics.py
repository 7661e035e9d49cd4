"""What is declared, and what is refused."""

import subprocess
import sys
from dataclasses import replace

import pytest

from sdvbench import metrics
from sdvbench.cells import Cell
from sdvbench.errors import OptionError
from sdvbench.metrics import declared, legend, named, others, value_of, values
from sdvbench.metrics.accuracy import accuracy
from sdvbench.metrics.base import Column, Metric, Value

LATENCY = named("latency")
UNPRUNED, PRUNED = Cell("yolov5n", "orig", "W1", "int8"), Cell("yolov5n", "PL", "W1", "int8")


@pytest.fixture
def registered(monkeypatch):
    """Registers these beside sdvbench's own, as entry points do."""

    def register(**found):
        monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS) | found)
        declared.cache_clear()

    yield register
    monkeypatch.undo()
    declared.cache_clear()


def test_listing_imports_neither_torch_nor_a_runtime():
    code = "import sys; from sdvbench.metrics import declared; print(*declared());"
    code += "print(sys.modules.keys() & {'torch', 'onnxruntime', 'scipy', 'cv2'})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[:2] == [" ".join(metrics.BUILTIN), "set()"]


def test_every_limit_example_is_one_that_may_be_given():
    for name, value in values().items():
        assert value.name == name
        assert 0 <= value.example <= (value.most or value.example)


def test_a_name_may_stand_for_another_figure_in_cells_of_pruned_models():
    assert value_of("map_drop", UNPRUNED)[0].id == "map_drop"
    assert value_of("map_drop", PRUNED)[0].id == "pruning_drop"
    assert value_of("no_such", PRUNED) is None


def test_legend_lines_come_once_and_ask_only_for_what_they_name():
    def never():
        raise AssertionError

    lines = list(legend(["throughput", "latency"], lambda: " A", never))
    assert lines[0] == "speed-up: over the anchor A, timed in turn with each cell of its model"
    assert len(lines) == len(set(lines)) == 2
    assert list(legend(["memory", "of another package"], never, never)) == []


def test_one_of_another_package_is_told_from_ours(registered):
    registered(mine=accuracy("mine", "of mine", len))
    assert list(others()) == ["mine"]
    assert {"mine", "mine_drop", "latency_ms"} <= values().keys()


def test_an_unknown_one_is_told_with_those_that_are_known():
    with pytest.raises(OptionError, match=r"metric 'x': is not known. Choose from latency, "):
        named("x")


OWN = Metric("mine", "mine", (Value("mine", "mine", "mine", "lower"),))


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        (replace(OWN, id="other"), "calls itself 'other'"),
        (replace(OWN, values=()), "declares no value"),
        (replace(OWN, values=LATENCY.values), "declares a value 'latency_ms', as 'latency' does"),
        (replace(OWN, columns=(Column("p90", "x", "{}"),)), "has a column 'p90', as 'latency' doe"),
        ("mine", "is str, not a sdvbench.metrics.base.Metric"),
    ],
)
def test_what_is_no_metric_of_its_own_is_refused(registered, metric, told):
    registered(mine=metric)
    with pytest.raises(OptionError, match=f"metric 'mine': {told}.*Fix it in the package that"):
        declared()


@pytest.mark.parametrize("name", ["tolerance", "limits", "Mine", "my-metric"])
def test_a_name_that_would_be_read_as_something_else_is_refused(registered, name):
    registered(**{name: replace(OWN, id=name)})
    with pytest.raises(OptionError, match="has a name that is taken, or not of lower-case"):
        declared()
