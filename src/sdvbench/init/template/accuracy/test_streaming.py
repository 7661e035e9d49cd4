"""Whether what is there is found in time."""

import pytest


@pytest.mark.realtime
def test_streaming(late_scores, rate_hz, gate_deadlines):
    """sAP and RTIA, beside the accuracy of results in no hurry; perf gates deadlines."""
    gate_deadlines(late_scores.accuracy(rate_hz))
