"""What the paper says of accuracy; run by `pytest accuracy -m claim`."""

import pytest


@pytest.mark.claim("accuracy", "loss", "lost", "balance", "figures")
def test_claim(claim, check_claim):
    """It is CONFIRMED here."""
    check_claim(claim)
