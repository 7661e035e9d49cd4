"""What a run tells of a stream is enough to score it again."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.realtime.accuracy import camera_frames, scored
from sdvbench.realtime.camera import POLICIES, replay
from sdvbench.realtime.record import Record, deadlines, replayed
from sdvbench.typed_json import read, written
from tests.realtime.test_accuracy import sequence

MOVING = sequence(10.0)


@settings(max_examples=15)
@given(
    st.lists(st.floats(1e-3, 0.6), min_size=1, max_size=8),
    st.sampled_from((5.0, 15.0, 30.0)),
    st.sampled_from(sorted(POLICIES)),
)
def test_scores_come_out_alike_from_a_record_that_was_in_a_file(services, rate_hz, policy) -> None:
    filmed = deadlines("cell", 320, replay(services, 10.0, 40, "drop-oldest"), "")
    stream = replayed(filmed, rate_hz, camera_frames(MOVING, rate_hz), policy)
    scores = scored(deadlines("cell", 320, stream, ""), MOVING, stream)
    told = read(Record, json.loads(json.dumps(written(scores))))
    again = replayed(told, told.rate_hz, told.frames, told.policy)
    np.testing.assert_array_equal(again.finishes_s, stream.finishes_s)
    assert told == scored(told, MOVING, again)
    assert (told.sap, told.rtia_interval) == (scores.sap, scores.rtia_interval)


def test_calls_are_told_to_the_microsecond() -> None:
    told = deadlines("cell", 320, replay([0.0123456, 0.25], 10.0, 4, "drop-oldest"), "")
    assert told.services_ms == pytest.approx([12.346, 250.0, 12.346], abs=1e-12)
