"""Whether a car that an engine drives stays in its lane."""

import pytest


@pytest.mark.drive
def test_deviation(driver, gate_drives):
    """Its mean deviation grows from PyTorch fp32 of the same model by no more than is allowed."""
    gate_drives(driver)
