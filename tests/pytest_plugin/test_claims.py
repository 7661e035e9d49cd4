"""Claims of a paper that was made up, run as a user runs them."""

import pytest

from tests.pytest_plugin.conftest import ROOT

HEADER = """
[paper]
title = "T"
hardware = "a big GPU"
models = "M"
data_sets = "D"
"""
SPEED = """
[[claim]]
id = "{0}"
kind = "speed"
text = "{0} is fast"
source = "Fig. 1"
note = "as drawn"
pairs = ["{1} over orig-Wd-fp32"]
metric = "latency"
number = {2}
within = 0.1
"""
TABLE = """
[[claim]]
id = "table-I"
kind = "figures"
text = "many figures"
source = "Table I"
missing = "Table I"
"""
KEEPS = """
[[claim]]
id = "kept"
kind = "accuracy"
text = "nothing is lost"
source = "Table I"
pairs = ["orig-W1-int8 over orig-W1-fp32"]
relation = "keeps"
points = 0.005
"""
TRUE = SPEED.format("true", "orig-W1-fp32", 0.001)
FALSE = SPEED.format("false", "orig-W1-fp32", 1000000)
ELSEWHERE = SPEED.format("elsewhere", "orig-W2-fp32", 2)


@pytest.fixture
def paper(suites):
    """Writes the claims that ``suites`` will find."""

    def write(*claims):
        (suites.path / "baselines" / "paper.toml").write_text(HEADER + "".join(claims))

    return write


def test_a_claim_is_confirmed_refuted_or_not_testable(suites, paper):
    paper(TRUE, FALSE, ELSEWHERE, TABLE, KEEPS)
    result = suites("perf", "accuracy", "-m", "claim")
    result.assert_outcomes(passed=1, failed=1, skipped=3)
    result.stdout.fnmatch_lines(
        [
            "REFUTED false: false is fast (Fig. 1).",
            "here: yolov5n at 64 pixels on cpu: orig-W1-fp32 is * times as fast as orig-Wd-fp32 "
            "(95 % interval * to *), which stays below 900000.00; on *.",
            "the study: 1e+06x, on a big GPU.",
            "note: as drawn",
            "*the studies' claims*",
            "id *claim *source *status *ours *paper",
            "true *true is fast *Fig. 1 *CONFIRMED *orig-W1-fp32 *x *0.001x",
            "false *false is fast *Fig. 1 *REFUTED *orig-W1-fp32 *x *1e+06x",
            "elsewhere *NOT TESTABLE HERE *- *2x",
            "table-I *NOT TESTABLE HERE *- *not at hand",
            "kept *NOT TESTABLE HERE *- *keeps",
            "the study's figures are from a big GPU",
        ],
    )
    result.stdout.fnmatch_lines(["SKIPPED elsewhere: NOT TESTABLE HERE: *; to enable: *"])
    result.stdout.fnmatch_lines(["SKIPPED kept: *mAP needs trained weights; to enable: *"])


def selected(suites, *arguments):
    """The claims among what would run, and pytest's last line."""
    lines = suites(*arguments, "--collect-only", "-q").stdout.lines
    return [line.rpartition("[")[2][:-1] for line in lines if "test_claim[" in line], lines[-1]


def test_claims_run_only_when_they_are_asked_for(suites, paper):
    paper(TRUE, FALSE, TABLE)
    found, last = selected(suites, "perf", "accuracy", "-k", "true or orig-W1-fp32")
    assert not found
    assert "deselected" in last
    everything = ["true", "false", "table-I"]
    assert selected(suites, "perf", "accuracy", "-m", "claim or pruned")[0] == everything
    one = "perf/test_claims.py::test_claim[false]"
    assert selected(suites, "perf/test_memory.py", one)[0] == ["false"]


def test_without_a_paper_of_one_s_own_the_one_that_comes_with_sdvbench_is_checked(suites):
    found, _ = selected(suites, "perf", "accuracy", "-m", "claim")
    assert sorted(found) == sorted(ids("paper.toml"))
    assert not selected(suites, "perf", "accuracy")[0]


def ids(study):
    from sdvbench.claims.paper import read_paper
    from sdvbench.defaults import FOLDER

    return [claim.id for claim in read_paper(FOLDER, study).claims]


@pytest.mark.parametrize(
    ("models", "studies"),
    [("pilotnet", ["jderobot.toml"]), ("yolov5n,pilotnet_tf", ["paper.toml", "jderobot.toml"])],
)
def test_claims_are_those_of_the_run_s_models(suites, models, studies):
    found, _ = selected(suites, "perf", "accuracy", "-m", "claim", f"--sdv-model={models}")
    assert sorted(found) == sorted(name for study in studies for name in ids(study))


SECOND = """
[[claim]]
id = "{0}"
kind = "size"
text = "{0} is small"
source = "Table I"
model = "{0}"
pairs = ["orig-W1-fp32 over orig-W1-int8"]
number = 0.001
within = 0.0
"""


def test_a_claim_about_a_model_is_checked_where_the_run_has_it(suites):
    """Whichever is first; each study has a table of its own."""
    header = HEADER.replace('"T"', '"The second"') + 'run_models = ["pilotnet", "pilotnet_tf"]\n'
    claims = SECOND.format("pilotnet") + SECOND.format("pilotnet_tf")
    (suites.path / "baselines" / "jderobot.toml").write_text(header + claims)
    (suites.path / "baselines" / "paper.toml").write_text(HEADER + TRUE)
    chosen = ("perf/test_claims.py", "--sdv-model=yolov5n,pilotnet", "--sdv-report=run.md")
    result = suites(*chosen)
    result.assert_outcomes(passed=2, skipped=1)
    told = [
        "T",
        "true *CONFIRMED *",
        "The second",
        "pilotnet *CONFIRMED *orig-W1-fp32 *x *",
        "pilotnet_tf *NOT TESTABLE HERE *",
        "SKIPPED pilotnet_tf: *has yolov5n, pilotnet; to enable: *--sdv-model pilotnet_tf *",
    ]
    result.stdout.fnmatch_lines(told)
    assert "Claims of The second: 1 CONFIRMED" in (suites.path / "run.md").read_text()


def test_a_claim_that_is_wrong_is_named(suites, paper):
    paper(TRUE.replace("W1", "W9"))
    result = suites("perf", "-m", "claim")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: sdvbench: *paper.toml: claim true: workflow 'W9' is not known. Choose *"
    result.stderr.fnmatch_lines([told])
    assert "Traceback" not in result.stdout.str()


def test_findings_come_back_from_workers(suites, paper):
    paper(TABLE, TRUE)
    result = suites("perf", "accuracy", "-m", "claim", "-n1")
    result.stdout.fnmatch_lines(
        ["true *NOT TESTABLE HERE *", "table-I *NOT TESTABLE HERE *"], consecutive=True
    )
    result.stdout.fnmatch_lines(["SKIPPED true: *; to enable: run without -n"])
    result.assert_outcomes(skipped=2)


def test_every_kind_of_claim_has_a_suite():
    from sdvbench.claims.entry import KINDS

    files = (ROOT / name / "test_claims.py" for name in ("perf", "accuracy"))
    told = "".join(file.read_text() for file in files)
    assert all(f'"{kind}"' in told for kind in KINDS)
