"""Names of the plugin's fixtures and of its modules."""

from pathlib import Path

from sdvbench import pytest_plugin


def test_no_module_takes_the_place_of_a_fixture() -> None:
    modules = {path.stem for path in Path(pytest_plugin.__file__).parent.glob("*.py")}
    assert "options" in modules
    assert not modules & set(pytest_plugin.__all__)
