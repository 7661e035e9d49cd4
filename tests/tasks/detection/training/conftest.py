"""The data that training is tested with."""

from tests.recovery.conftest import boxes

__all__ = ["boxes"]
