"""What the paper says of accuracy and driving; run by `pytest accuracy -m claim`."""

import pytest


@pytest.mark.claim("accuracy", "loss", "lost", "balance", "error", "driven", "figures")
def test_claim(claim, check_claim):
    """It is CONFIRMED here."""
    check_claim(claim)
