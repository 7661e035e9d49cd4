"""Whether results come in time behind a camera."""

import pytest


@pytest.mark.realtime
def test_deadlines(streams, rate_hz, gate_deadlines):
    """No more frames than may be are dropped, or have their result later than a period."""
    gate_deadlines(streams.deadlines(rate_hz))
