"""Fixtures of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

BESIDE_THE_REPOSITORY = Path(__file__).parents[1] / "../shared/data"
CASES = Path(__file__).parents[1] / "../shared/cases"


pytest_plugins = "pytester"

# A busy machine is no reason to fail.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data, which is no part of the repository; skips where it is absent."""
    folder = Path(os.environ.get("SDVBENCH_DATA") or BESIDE_THE_REPOSITORY)
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; enable with SDVBENCH_DATA=<folder> pytest")
    return folder.resolve()


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder with inputs as people have them, no part of the repository; skips without it."""
    folder = Path(os.environ.get("SDVBENCH_CASES") or CASES)
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}; enable with SDVBENCH_CASES=<folder> pytest")
    return folder.resolve()
