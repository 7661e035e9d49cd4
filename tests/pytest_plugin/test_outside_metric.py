"""A metric that another package registers: one file, and it is in every place."""

import json

import pytest

from sdvbench.cli import main
from tests.pytest_plugin.conftest import CELL, ROOT

METRIC = '''
"""The share of an image's objects of which the class was detected there; the one file it takes."""
import numpy as np
from sdvbench.metrics.accuracy import accuracy

def found(detections, samples):
    return [
        np.isin(truth.classes, image.classes[image.scores > 0.01]).mean()
        if len(truth.classes) else np.nan
        for image, truth in zip(detections, samples, strict=True)
    ]

FOUND = accuracy("classes_found", "share of classes found", found)
NOT_ONE = "latency"
'''
ONLY = ("-k", "W1-int8 and orig", "--sdv-weights=embedded", "--sdv-data=scenes:6")
INT8 = CELL.replace("fp32", "int8")


@pytest.fixture
def package(suites):
    """Installs a package with that file in the folder of the run, which registers this."""

    def install(entry="classes_found = found_classes:FOUND"):
        info = suites.path / "found_classes-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: found_classes\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sdvbench.metrics]\n{entry}\n")
        (suites.path / "found_classes.py").write_text(METRIC)

    return install


def limit(suites, text):
    (suites.path / "baselines" / "thresholds.toml").write_text(f"[limits]\n{text}\n")


def test_it_is_in_table_gate_json_and_page(suites, package, monkeypatch, capsys):
    package()
    limit(suites, 'classes_found = { "*-int8-*" = 1 }')
    files = ("--sdv-report=run.html", "--benchmark-json=run.json")
    result = suites("perf/test_memory.py", "accuracy/test_metrics.py", *ONLY, *files)
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        [
            f"FAIL {INT8} classes_found: share of classes found * is below its limit of 1 by *",
            "If the change is meant: change the limit in */thresholds.toml, *",
            "cell *private MiB *classes_found  classes_found drop *",
            f"{INT8} *FAIL",
            "classes_found: share of classes found on scenes*; drop: from the fp32 reference",
        ]
    )
    page = (suites.path / "run.html").read_text()
    assert '<th scope="col" class="number">classes_found</th>' in page
    assert "Loss of share of classes found against fp32" in page
    records = json.loads((suites.path / "run.json").read_text())["sdvbench"]["records"]
    told = {record["metric"]: record for record in records}
    assert told["classes_found"]["tier"] == "limit"
    assert told["classes_found"]["shown"].keys() == {"classes_found", "classes_found_drop"}
    assert 0 < told["classes_found"]["shown"]["classes_found"] < 1
    assert told["memory"]["shown"]["file_mb"] > 1
    # Without the package, the file is read for what it says.
    monkeypatch.chdir(suites.path)
    capsys.readouterr()
    assert main(["report", "run.json"]) == 0
    assert f"**FAIL {INT8} classes_found**" in capsys.readouterr().out


def test_its_loss_has_a_limit_of_its_own_and_without_one_it_is_ungated(suites, package):
    package()
    result = suites("accuracy/test_metrics.py", *ONLY)
    told = f"UNGATED {INT8} classes_found: *thresholds.toml has no limit of classes_found or *"
    result.stdout.fnmatch_lines([told, "*1 ungated*"])
    limit(suites, 'classes_found_drop = { "*" = 1 }')
    result = suites("accuracy/test_metrics.py", *ONLY)
    result.stdout.fnmatch_lines([f"INCONCLUSIVE {INT8} *: the reference itself scores *"])
    limit(suites, 'classes_found_drop = { "*" = 0.2 }')
    suites("accuracy/test_metrics.py", *ONLY, "--sdv-strict").assert_outcomes(passed=1)


def test_where_there_is_none_there_is_no_test(suites):
    result = suites("accuracy/test_metrics.py", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["no tests collected in *"])


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("x = found_classes:NOT_ONE", "*metric 'x': is str, not a sdvbench.metrics.base.Metric. *"),
        ("x = found_classes:FOUND", "*metric 'x': calls itself 'classes_found'. Fix it in the *"),
        ("x = found_classes:GONE", "*metric 'x' (found_classes:GONE): cannot be imported (*"),
        ("latency = found_classes:FOUND", "*takes the name of another metric *"),
    ],
)
def test_one_that_is_none_is_told_without_a_traceback(suites, package, entry, told):
    package(entry)
    result = suites("accuracy", "--collect-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])
    assert "Traceback" not in result.stderr.str()


def test_the_test_is_the_template_s():
    template = ROOT / "src/sdvbench/init/template/accuracy/test_metrics.py"
    assert template.read_text() == (ROOT / "accuracy/test_metrics.py").read_text()
