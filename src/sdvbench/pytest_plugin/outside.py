"""Tests of the metrics that other packages register: one each, and none where there are none."""

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from sdvbench.metrics import others

if TYPE_CHECKING:
    from sdvbench.metrics.base import Metric


@pytest.fixture
def outside_metric(request: pytest.FixtureRequest) -> "Metric":
    """A metric of accuracy that another package registers."""
    metric: Metric = request.param
    return metric


def one_a_metric(metafunc: pytest.Metafunc) -> None:
    """One test for each such metric, where it asks for one."""
    if "outside_metric" in metafunc.fixturenames:
        found = others()
        metafunc.parametrize("outside_metric", list(found.values()), ids=list(found), indirect=True)


def has_nothing_to_test(thing: Any) -> bool:
    """Whether ``thing`` is a test of such metrics, and there are none: pytest would make one of it
    that is skipped.
    """
    if not inspect.isfunction(thing) or "outside_metric" not in inspect.signature(thing).parameters:
        return False
    return not others()
