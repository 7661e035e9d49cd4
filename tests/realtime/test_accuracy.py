"""sAP and RTIA of hand-made streams."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.base import DetectionSample
from sdvbench.errors import MeasurementError
from sdvbench.realtime.accuracy import Offline, camera_frames, interval, rtia, sap
from sdvbench.realtime.camera import POLICIES, replay
from sdvbench.realtime.stream import Stream
from sdvbench.tasks.detection.nms import Detections
from sdvbench.tasks.detection.streaming import DetectionResults

NO_PIXELS = np.empty((0, 0, 3), np.uint8)
FRAMES = 12


def sequence(step_px: float, frames: int = FRAMES, rate_hz: float = 10.0) -> Offline:
    """One object of 100 pixels that moves by ``step_px`` a frame, found without fail."""
    boxes = [
        np.array([[index * step_px, 0, index * step_px + 100, 100]], np.float32)
        for index in range(frames)
    ]
    none, kind = np.zeros(1, bool), np.zeros(1, np.int64)
    samples = [
        DetectionSample(f"{i}", NO_PIXELS, box, kind, none, none) for i, box in enumerate(boxes)
    ]
    found = [Detections(box, np.full(1, 0.9, np.float32), kind) for box in boxes]
    return Offline(DetectionResults(samples, found, ("car",)), rate_hz)


JUMPING = sequence(200.0)  # what was right a frame ago is wrong now


def stream(finishes_s, rate_hz: float = 10.0) -> Stream:
    finishes = np.array(finishes_s, np.float64)
    free = np.append(0, np.fmax.accumulate(finishes)[:-1])  # after the frame before
    starts = np.fmax(np.arange(len(finishes)) / rate_hz, free)
    return Stream(rate_hz, "queue", np.where(np.isnan(finishes), np.nan, starts), finishes)


def test_sap_by_hand() -> None:
    # IoU 100 / 100 with itself; with the frame before 95 / 105 = 0.905, which counts at nine of
    # the ten IoUs 0.50 .. 0.95; with the one before that 90 / 110 = 0.818: at seven of them.
    creeping = sequence(5.0, frames=4)
    # Frame 0 is known at 0.05, 1 at 0.15, 2 never, 3 too late: at 0.0 nothing is known, at 0.1
    # frame 0, at 0.2 frame 1, at 0.3 frame 1. All scores are equal, in the order of frames: after
    # a miss, precision is 1 all the way to the recall that is reached, 3 of 4, of 101 points 76.
    found = sap(creeping, stream([0.05, 0.15, np.nan, 0.35]))
    three = 76 / 101
    # At IoU 0.85 and 0.90 the last frame is wrong: 2 of 4 are found, at precision 1.
    two = 51 / 101
    assert found.map == pytest.approx((7 * three + 2 * two) / 10)
    assert found.map50 == pytest.approx(three)
    assert found.images == 4


def test_rtia_by_hand() -> None:
    # Of four frames the second is dropped and the third late: two of four are found.
    late = stream([0.1, np.nan, 0.301, 0.4])
    assert rtia(sequence(200.0, frames=4), late).map == pytest.approx(51 / 101)


def test_immediate_results_score_as_if_there_were_no_hurry() -> None:
    at_once = stream(np.arange(FRAMES) / 10)
    assert sap(JUMPING, at_once).map == rtia(JUMPING, at_once).map == JUMPING.scored.map == 1


def test_a_result_that_comes_a_frame_later_is_wrong_where_things_jump() -> None:
    in_time = replay([0.09], 10.0, FRAMES, "drop-oldest")
    assert sap(JUMPING, in_time).map == 0
    assert rtia(JUMPING, in_time).map == 1


def test_the_camera_shows_what_has_happened_and_never_more() -> None:
    # 30 Hz before a sequence of 10 Hz: its frames 2, 3 and 4 show the sequence's 0, 1 and 1.
    assert camera_frames(JUMPING, 30.0) == 34
    fast = replay([1e-6], 30.0, 34, "queue")
    assert rtia(JUMPING, fast).map == 1
    # The newest result is never of a frame that is yet to come; 1e-6 s later it is there.
    assert sap(JUMPING, fast).map < 0.1
    # 5 Hz before 10 Hz: every other frame of the sequence is never seen, and scored all the same.
    assert camera_frames(JUMPING, 5.0) == 6
    slow = stream(np.arange(6) / 5, 5.0)
    # Right and wrong in turn: the kth hit, at recall k / 12, has precision k / (2k - 1).
    hits = np.maximum(np.ceil(12 * np.linspace(0, 1, 101) - 1e-9), 1)
    precision = np.where(hits <= 6, hits / (2 * hits - 1), 0)
    assert sap(JUMPING, slow).map == pytest.approx(precision.mean())
    assert rtia(JUMPING, slow).images == 6


@settings(max_examples=15)
@given(
    st.lists(st.floats(0.01, 0.6), min_size=1, max_size=8),
    st.sampled_from((5.0, 10.0, 15.0, 30.0)),
    st.sampled_from(sorted(POLICIES)),
)
def test_the_same_trace_gives_the_same_scores(services, rate_hz, policy) -> None:
    moving = sequence(10.0)
    twice = [replay(services, rate_hz, camera_frames(moving, rate_hz), policy) for _ in range(2)]
    one, other = ((sap(moving, s), rtia(moving, s)) for s in twice)
    assert one == other
    for metrics in one:
        low, high = interval(metrics, moving, rate_hz)
        assert 0 <= low <= high <= 1


def test_longer_calls_cost_sap_and_a_queue_costs_more_at_a_higher_rate() -> None:
    moving = sequence(10.0, frames=60, rate_hz=30.0)

    def score(service_s, rate_hz, policy):
        frames = camera_frames(moving, rate_hz)
        return sap(moving, replay([service_s], rate_hz, frames, policy)).map

    by_latency = [score(s, 10.0, "drop-oldest") for s in (0.02, 0.05, 0.1, 0.2)]
    assert by_latency == sorted(by_latency, reverse=True)
    by_rate = [score(0.08, rate, "queue") for rate in (10.0, 15.0, 30.0)]
    assert by_rate == sorted(by_rate, reverse=True)
    assert by_rate[-1] < 0.5 * by_rate[0]


def test_a_stream_longer_than_the_sequence_is_refused() -> None:
    with pytest.raises(MeasurementError, match=r"longer than the sequence.*Film 12"):
        sap(JUMPING, replay([0.01], 10.0, FRAMES + 1, "queue"))
