"""Captured logs hold sdvbench's own lines and the repository's."""

import logging

import pytest

import sdvbench.session.suite  # noqa: F401 - with all that it loads, for runs in-process
from sdvbench.pytest_plugin.logs import is_chatter

LIBRARY = "/env/lib/python3.12/site-packages/torch/onnx/exporter.py"
OWN = "/home/me/repository/perf/test_mine.py"


@pytest.mark.parametrize(
    ("name", "path", "level", "chatter"),
    [
        ("torch.onnx", LIBRARY, logging.DEBUG, True),
        ("matplotlib.font_manager", LIBRARY, logging.INFO, True),
        ("filelock", LIBRARY.replace("site", "dist"), logging.DEBUG, True),
        ("torch.onnx", LIBRARY, logging.WARNING, False),
        ("sdvbench.store", LIBRARY, logging.DEBUG, False),
        ("mine", OWN, logging.DEBUG, False),
    ],
)
def test_less_than_a_warning_of_an_installed_package_is_chatter(name, path, level, chatter):
    assert is_chatter(logging.LogRecord(name, level, path, 1, "told", (), None)) == chatter


TEST = """
import logging

def from_library():
    logger = logging.getLogger("torch.onnx")
    logger.setLevel(logging.DEBUG)
    for level in (logging.DEBUG, logging.WARNING):
        record = logger.makeRecord(
            "torch.onnx", level, "/x/site-packages/torch/onnx.py", 1, f"library {level}", (), None
        )
        logger.handle(record)

def speak():
    from_library()
    for name in ("sdvbench.store", "mine"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug("%s speaks", name)
    assert False

def test_of_engines(sdv_suite, caplog):
    try:
        speak()
    finally:
        assert "library 10" in caplog.text

def test_of_others():
    speak()
"""


@pytest.fixture
def told(pytester):
    """What pytest captured of a test that fails."""

    def of(test, *arguments):
        pytester.makepyfile(test_it=TEST)
        result = pytester.runpytest_inprocess(f"test_it.py::{test}", *arguments)
        text = result.stdout.str()
        return text[text.index("Captured log call") :]

    return of


def test_a_test_of_engines_shows_its_own_lines_and_warnings_of_others(told):
    text = told("test_of_engines")
    assert "library 10" not in text
    assert all(line in text for line in ("library 30", "sdvbench.store speaks", "mine speaks"))
    assert "library 10" in told("test_of_engines", "--log-level=DEBUG"), "it was asked for"


def test_other_tests_keep_theirs(told):
    assert "library 10" in told("test_of_others")
