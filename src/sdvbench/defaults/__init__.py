"""Thresholds and claims that come with sdvbench; a repository's own baselines/ overrides them."""

from pathlib import Path

FOLDER = Path(__file__).parent
