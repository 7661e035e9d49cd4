"""Tests that run only when they are asked for."""

import pytest

from sdvbench.pytest_plugin.opt_in import asked_for


@pytest.fixture
def run(pytester):
    """Names of the tests that run, of two that are alike but for their marker."""
    for folder in ("perf", "other"):
        (pytester.path / folder).mkdir()
        (pytester.path / folder / f"test_{folder}.py").write_text(
            "import pytest\n"
            "def test_quick():\n"
            "    pass\n"
            "@pytest.mark.realtime\n"
            "@pytest.mark.parametrize('rate', [10, 30])\n"
            "def test_slow(sdv_suite, rate):\n"
            "    pass\n"
        )

    def collected(*arguments):
        result = pytester.runpytest_inprocess("--collect-only", "-q", *arguments)
        return [line for line in result.outlines if "::" in line]

    return collected


QUICK = "perf/test_perf.py::test_quick"
SLOW = [f"perf/test_perf.py::test_slow[{rate}]" for rate in (10, 30)]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("perf",), [QUICK]),
        (("perf", "-m", "realtime"), SLOW),
        (("perf", "-m", "realtime and not other"), SLOW),
        (("perf", "-m", "not realtime"), [QUICK]),
        (("perf/test_perf.py",), [QUICK, *SLOW]),
        ((SLOW[1],), SLOW[1:]),
        ((SLOW[1], "other"), [SLOW[1], "other/test_other.py::test_quick"]),
    ],
)
def test_asked_for_by_marker_file_or_id(run, arguments, found):
    assert run(*arguments) == found


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("claim", True),
        ("pruned and (claim or realtime)", True),
        ("not claim", False),
        ("pruned and not  claim", False),
        ("not (claim or realtime)", False),
        ("not realtime and claim", True),
        ("not_claim", False),
        ("", False),
    ],
)
def test_what_follows_not_is_not_asked_for(pytester, expression, asked):
    assert asked_for(pytester.parseconfig("-m", expression), "claim") is asked


def test_tests_of_others_are_not_left_out(pytester):
    pytester.makepyfile("import pytest\n@pytest.mark.realtime\ndef test_theirs(): pass\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_what_is_left_out_is_counted(pytester, run):
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2, deselected=4)
