"""Precision and recall where the mean F1 is highest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.tasks.detection.operating_point import Outcome, operating_point

outcomes = st.lists(st.tuples(st.floats(0.001, 1), st.booleans()), max_size=30).map(
    lambda rows: Outcome(
        np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], bool), 30
    )
)


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_figures_are_between_0_and_1(classes: list[Outcome]) -> None:
    point = operating_point(classes)
    for value in (point.confidence, point.precision, point.recall):
        assert 0 <= value <= 1


def test_the_confidence_parts_hits_from_misses() -> None:
    scores = np.array([0.9, 0.8, 0.3, 0.2, 0.1])
    hit = np.array([True, True, False, False, False])
    point = operating_point([Outcome(scores, hit, 2)])
    assert 0.3 < point.confidence < 0.8
    assert point.recall == 1
    assert point.precision > 0.8


def test_a_class_without_detections_pulls_the_means_down() -> None:
    good = Outcome(np.array([0.9]), np.array([True]), 1)
    none = Outcome(np.empty(0), np.empty(0, bool), 1)
    point = operating_point([good, none])
    assert (point.precision, point.recall) == pytest.approx((0.5, 0.5))
