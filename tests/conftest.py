"""Fixtures of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

BESIDE_THE_REPOSITORY = Path(__file__).parents[1] / "../shared/data"


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
def shared_cases(shared_data: Path) -> Path:
    """The folder with inputs as users have them; skips where it is absent."""
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}")
    return folder
