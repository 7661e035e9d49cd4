"""What the paper says of size, speed and memory; run by `pytest perf -m claim`."""

import pytest


@pytest.mark.claim("cost", "fewest", "speed", "order", "memory", "saved", "size")
def test_claim(claim, check_claim):
    """It is CONFIRMED here."""
    check_claim(claim)
