"""Tests of metrics that none asks for by name: those of other packages, and sdvbench's own of the
tasks that a run's networks have. One each, and none where there are none.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench.metrics import of_task, others

if TYPE_CHECKING:
    from sdvbench.cells import Cell
    from sdvbench.metrics.base import Metric
    from sdvbench.session.suite import Suite


@pytest.fixture
def outside_metric(request: pytest.FixtureRequest) -> "Metric":
    """A metric of accuracy that another package registers."""
    metric: Metric = request.param
    return metric


@pytest.fixture
def task_metric(request: pytest.FixtureRequest) -> "Metric":
    """A metric of accuracy that networks for the cell's task have."""
    metric: Metric = request.param
    return metric


def own_metrics(suite: "Suite", cells: "Iterable[Cell]") -> "dict[str, Metric]":
    """sdvbench's own metrics of the tasks of ``cells``, by id."""
    models = dict.fromkeys(cell.model for cell in cells)
    tasks = dict.fromkeys(suite.given(model).task for model in models)
    return {name: metric for task in tasks for name, metric in of_task(task).items()}


def one_a_metric(metafunc: pytest.Metafunc, suite: "Suite", cells: "Iterable[Cell]") -> None:
    """One test for each such metric, where it asks for one."""
    asked = set(metafunc.fixturenames)
    if "outside_metric" in asked:
        found = others()
        metafunc.parametrize("outside_metric", list(found.values()), ids=list(found), indirect=True)
    if "task_metric" in asked:
        found = own_metrics(suite, cells)
        metafunc.parametrize("task_metric", list(found.values()), ids=list(found), indirect=True)


def has_nothing_to_test(thing: Any, suite: "Callable[[], Suite]") -> bool:
    """Whether ``thing`` is a test of such metrics, and there are none: pytest would make one of it
    that is skipped. suite: of the models that it is about.
    """
    takes = inspect.signature(thing).parameters if inspect.isfunction(thing) else ()
    if "task_metric" in takes:
        return not own_metrics(suite(), suite().cells())
    return "outside_metric" in takes and not others()
