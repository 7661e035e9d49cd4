"""Markdown for a pull request."""

from sdvbench.report.markdown import markdown
from tests.report.made_up import cells, everything, figure, run


def test_verdicts_first_then_folded_tables():
    text = markdown(everything(), [])
    lines = text.splitlines()
    assert lines[0] == "## sdvbench: 2 of 92 figures FAIL."
    assert lines[2].startswith("2 FAIL, 1 INCONCLUSIVE, 9 UNGATED, 80 PASS; Some CPU, 2 cores")
    assert lines[4].startswith("- **FAIL yolov5s-orig-Wd-fp32-b1 latency**: 1.231 times")
    assert "**Recommendation.** Of all 14 cells, no limit being given," in text
    folded = [line for line in lines if line.startswith("<details>")]
    assert folded == [
        "<details><summary>Cells</summary>",
        "<details><summary>Claims of the paper: 1 CONFIRMED, 1 REFUTED, 1 NOT TESTABLE HERE"
        "</summary>",
        "<details><summary>Real time</summary>",
        "<details><summary>Roofline</summary>",
        "<details><summary>Skipped</summary>",
    ]
    assert text.count("</details>") == len(folded)


def test_reasons_stay_what_they_are():
    reason = "a_b*c <b> run `sdvbench x_y`"
    text = markdown(run(records=[figure(cells()[0], "memory", "UNGATED", reason)]), [])
    assert "a\\_b\\*c \\<b> run `sdvbench x_y`" in text


def test_nothing_judged_is_no_pass():
    assert markdown(run(records=[]), []).startswith("## sdvbench: No figure was judged.")
