"""Whether results come in time behind a camera."""

import pytest


@pytest.mark.realtime
def test_deadlines(streams, rate_hz, tell):
    """No more frames than may be are dropped, or have their result later than a period."""
    tell(streams.deadlines(rate_hz))
