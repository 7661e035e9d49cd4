"""--sdv-report: a run's report, written at its end."""

import json

import pytest

from tests.pytest_plugin.conftest import CELL

TELLS = """
def test_it(request):
    request.node.user_properties.append(("sdvbench", {
        "cell": "yolov5n-PL-W1-int8-b1", "metric": "memory", "imgsz": 64, "weights": "seeded",
        "anchor": "", "artifact": "", "shown": {"private_memory_mb": 50.0, "peak_memory_mb": 90.0},
        "disturbed": "", "cost": None, "status": "PASS", "reason": "as accepted", "change": "",
        "tier": "absolute",
    }))
    request.node.user_properties.append(("sdvbench.claim", {
        "id": "x", "text": "PL is small", "source": "Table V", "hardware": "", "status": "REFUTED",
        "reason": "it is not", "ours": "1", "paper": "2",
    }))
"""
ONLY = ("-k", "orig-W1-fp32")


def test_a_run_of_perf_is_told_and_comes_again_from_its_json(suites):
    from sdvbench.cli import main

    result = suites("perf", *ONLY, "--sdv-report=new/run.md", "--benchmark-json=run.json")
    result.stdout.fnmatch_lines(["sdvbench report: new/run.md"])
    text = (suites.path / "new" / "run.md").read_text()
    assert text.startswith("## sdvbench: No figure FAILs, but 3 of 3 tell nothing yet: 3 UNGATED.")
    assert f"| {CELL} | UNGATED |" in text
    assert main(["report", "run.json", "--out=again.md"]) == 0
    again = (suites.path / "again.md").read_text()
    # Dates differ by the seconds between the two.
    assert again.split("\n")[4:] == text.split("\n")[4:]
    benchmarks = json.loads((suites.path / "run.json").read_text())
    assert "seconds" not in json.dumps(benchmarks["sdvbench"]["records"])
    assert benchmarks["sdvbench"]["records"][0]["size"]["params"] > 1_000_000
    assert "Tables of the paper: yolov5n, batch 1" in text


def test_a_run_of_accuracy_alone_makes_a_page(suites):
    suites("accuracy/test_agreement.py", *ONLY, "--sdv-report=run.html")
    page = (suites.path / "run.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert CELL in page


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_whatever_tests_tell_is_in_it(pytester, workers):
    pytester.makepyfile(TELLS)
    files = ("--sdv-report=run.md", "--benchmark-json=run.json")
    pytester.runpytest_subprocess(*files, *workers).assert_outcomes(passed=1)
    run = json.loads((pytester.path / "run.json").read_text())  # although no benchmark ran
    assert run["benchmarks"] == []
    assert run["machine_info"]["sdvbench"]["hardware_class"]
    assert [len(run["sdvbench"][kind]) for kind in ("records", "claims")] == [1, 1]
    text = (pytester.path / "run.md").read_text()
    assert "| yolov5n-PL-W1-int8-b1 | PASS | 50 | 90 |" in text
    assert "| PL is small | Table V | REFUTED | 2 | 1 | it is not |" in text


LOST = """
import pytest
from sdvbench.errors import OptionError

@pytest.fixture
def broken():
    raise OptionError("the engine", "is gone", "Bring it back")

def test_that_is_set_up(broken): pass
def test_called(): 1 / 0
"""


@pytest.mark.parametrize(("workers", "others"), [((), ""), (("-n", "2"), TELLS)])
def test_tests_that_end_in_an_error_are_told_first(pytester, workers, others):
    pytester.makepyfile(test_lost=LOST, test_told=others)
    pytester.runpytest_subprocess("--sdv-report=run.md", *workers)
    lines = (pytester.path / "run.md").read_text().splitlines()
    assert lines[0].startswith("## sdvbench: 2 tests ended in an error, without a verdict. ")
    first = "test\\_lost.py::test\\_that\\_is\\_set\\_up"
    assert set(lines[4:6]) == {
        f"- **ERROR {first}**: OptionError: the engine: is gone. Bring it back.",
        "- **ERROR test\\_lost.py::test\\_called**: ZeroDivisionError: division by zero",
    }
    assert ("| yolov5n-PL-W1-int8-b1 | PASS |" in "\n".join(lines)) == bool(others)


def test_a_fixture_of_somebody_else_is_left_alone(pytester):
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.fixture(params=[[1.0], {}, 'benchmark'])\n"
        "def bench(request, benchmark):\n"
        "    return benchmark if request.param == 'benchmark' else request.param\n"
        "def test_mine(bench): pass\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--sdv-report=run.pdf"], "*run.pdf: is neither .html nor .md. Name it for example *"),
        (["--sdv-report=."], "*is neither .html nor .md*"),
        (["--sdv-report=run.md", "--sdv-max-map-drop=-1"], "*--max-map-drop -1 (*): is not a*"),
        (["--sdv-report=run.md", "--sdv-limit=map=x"], "*--limit map=x (*): is not METRIC=VALUE *"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_collected(pytester, options, told):
    pytester.makepyfile("raise SystemError('collected')")
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])
    assert "collected" not in result.stdout.str() + result.stderr.str()


def test_without_pytest_benchmark_it_is_written_too(pytester):
    pytester.makepyfile(TELLS)
    result = pytester.runpytest_subprocess("--sdv-report=run.md", "-p", "no:benchmark")
    result.assert_outcomes(passed=1)
    assert "commit unknown" in (pytester.path / "run.md").read_text()


def test_a_broken_picture_costs_no_other_file(pytester):
    pytester.makepyfile(TELLS)
    pytester.makeconftest(
        "import sdvbench.report.writing as writing\n"
        "def broken(*_): raise ZeroDivisionError\n"
        "writing.write = broken\n"
        "def pytest_sessionfinish(): open('other.txt', 'w').close()\n"
    )
    result = pytester.runpytest_subprocess("--sdv-report=run.md")
    assert result.ret != 0
    result.stderr.fnmatch_lines(["ZeroDivisionError"])
    assert (pytester.path / "other.txt").exists()


def test_a_claim_that_cannot_be_tested_is_no_gap(pytester):
    skip = "    import pytest; pytest.skip('NOT TESTABLE HERE: no GPU')\n"
    mark = "import pytest\n@pytest.mark.parametrize('n', [1])"
    pytester.makepyfile(mark + TELLS.replace("(request)", "(request, n)") + skip)
    pytester.runpytest_subprocess("--sdv-report=run.md").assert_outcomes(skipped=1)
    text = (pytester.path / "run.md").read_text()
    assert "PL is small" in text
    assert "Skipped" not in text


def test_a_run_that_told_nothing_leaves_a_report_alone(pytester):
    pytester.makepyfile("def test_it(): pass")
    (pytester.path / "run.md").write_text("an older one")
    result = pytester.runpytest_subprocess("--sdv-report=run.md")
    result.stdout.fnmatch_lines(["sdvbench no test told a record: run.md is left as it was"])
    result.stdout.no_fnmatch_line("*was not written*")  # a run without sdvbench's tests
    assert (pytester.path / "run.md").read_text() == "an older one"


def test_a_report_that_cannot_be_written_fails_the_run(pytester):
    pytester.makepyfile(TELLS + "    import os; os.mkdir('run.md')")
    result = pytester.runpytest_subprocess("--sdv-report=run.md")
    result.stdout.fnmatch_lines(["sdvbench no report: run.md: is a folder. Name a file."])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_html_without_what_draws_it_says_how_to_install(pytester, monkeypatch):
    (pytester.path / "conftest.py").write_text(
        "import sdvbench.report.writing as writing\nwriting.NEEDED = ('no_such_package',)"
    )
    result = pytester.runpytest_subprocess("--sdv-report=run.html")
    result.stderr.fnmatch_lines(["*needs no_such_package*pip install 'sdvbench?report?'*"])


def test_a_run_of_skips_says_that_no_json_was_written(suites):
    seeded = suites("accuracy/test_map.py", *ONLY, "--benchmark-json=run.json")
    told = "sdvbench: run.json was not written, since no test told a figure"
    seeded.stdout.fnmatch_lines([told])
    assert not (suites.path / "run.json").exists()
