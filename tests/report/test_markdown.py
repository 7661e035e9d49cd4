"""Markdown for a pull request."""

from sdvbench.gate.verdict import Status
from sdvbench.report.markdown import markdown
from tests.report.made_up import (
    CLAIMS,
    cells,
    claim,
    driving,
    everything,
    figure,
    realtime,
    run,
)


def test_verdicts_first_then_folded_tables():
    text = markdown(everything(), [])
    lines = text.splitlines()
    assert lines[0] == "## sdvbench: 2 of 92 figures FAIL. 1 claim REFUTED."
    assert lines[2].startswith("2 FAIL, 1 INCONCLUSIVE, 9 UNGATED, 80 PASS; Some CPU, 2 cores")
    assert lines[4].startswith("- **FAIL yolov5s-orig-Wd-fp32-b1 latency**: 1.231 times")
    assert "**Recommendation.** Of all 14 cells, no limit being given," in text
    assert "- Left out: yolov5s-orig-Wd-fp32-b1 and 1 more: FAIL." in lines
    assert "- 1 test: no TensorRT here; to enable: install it" in lines
    folded = [line for line in lines if line.startswith("<details>")]
    assert folded == [
        "<details><summary>Cells</summary>",
        "<details><summary>Tables of the paper: yolov5s, batch 1</summary>",
        "<details><summary>Claims of the paper: 1 CONFIRMED, 1 REFUTED, 1 NOT TESTABLE HERE"
        "</summary>",
        "<details><summary>Real time</summary>",
        "<details><summary>Roofline</summary>",
        "<details><summary>Skipped</summary>",
    ]
    assert text.count("</details>") == len(folded)


def test_claims_of_each_study_have_a_table_of_their_own():
    named = [claim(study="One <b>"), claim(study="Two"), claim("REFUTED", study="One <b>")]
    folded = [
        line
        for line in markdown(run(claims=named, records=[]), []).splitlines()
        if line.startswith("<details><summary>Claims")
    ]
    assert folded == [
        "<details><summary>Claims of One \\<b>: 1 CONFIRMED, 1 REFUTED, 0 NOT TESTABLE HERE"
        "</summary>",
        "<details><summary>Claims of Two: 1 CONFIRMED, 0 REFUTED, 0 NOT TESTABLE HERE</summary>",
    ]


def test_networks_that_drive_have_tables_of_their_own():
    text = markdown(driving(), [])
    assert "<summary>Networks that drive, on images</summary>" in text
    assert "| pilotnet-orig-W1-int8-b1 | 1.521 | 0.25 | 0.01028 |" in text
    assert "- ms an image: of the median call; speed-up: over pilotnet-orig-W1-fp32-b1" in text
    assert "<summary>In the simulator</summary>" in text
    assert "| pilotnet-orig-W1-int8-b1 | 0 of 2 |" in text
    assert "- driven in circuit-v1-road0-66x200: 2 trips over the whole road" in text


def test_reasons_stay_what_they_are():
    reason = "a_b*c <b> run `sdvbench x_y`"
    text = markdown(run(records=[figure(cells()[0], "memory", "UNGATED", reason)]), [])
    assert "a\\_b\\*c \\<b> run `sdvbench x_y`" in text


def test_a_missed_deadline_and_a_claim_refuted_come_first():
    late = realtime(cells()[0], 30, status=Status.FAIL, reason="300 of 300 frames missed")
    told = run(cells()[:2], records=[], traces={}, claims=CLAIMS, realtime=[late])
    lines = markdown(told, []).splitlines()
    assert lines[0] == "## sdvbench: 1 of 1 figures FAIL. 1 claim REFUTED."
    assert lines[4].startswith(
        "- **FAIL yolov5s-orig-Wd-fp32-b1 deadlines at 30 Hz (drop-oldest, filmed)**: 300 of 300 "
        "frames missed. Use a faster engine"
    )


def test_tests_that_ended_in_an_error_come_first():
    fast = cells()[:2]
    lost = [f"perf/test_memory.py::test_memory[{cell}]" for cell in fast]
    lines = markdown(run(fast, errors={"MeasurementError: out of memory": lost}), []).splitlines()
    assert lines[0] == (
        "## sdvbench: 2 tests ended in an error, without a verdict. All 11 figures PASS."
    )
    assert lines[4] == (
        "- **ERROR perf/test\\_memory.py::test\\_memory[yolov5s-orig-Wd-fp32-b1] and 1 more**: "
        "MeasurementError: out of memory"
    )
    assert any(line.startswith("**Recommendation.** No cell can be recommended") for line in lines)


def test_bandwidth_is_in_the_table_of_the_roofline():
    throughput = figure(cells()[0], "throughput", images_per_second=9.0, memory_busy_percent=61.0)
    told = run(cells()[:2], records=[throughput], with_roofline=True)
    text = markdown(told, [])
    assert "| bound by | bandwidth (est.) | memory busy |" in text
    assert "| compute | 42 % | 61 % |" in text
    assert "| compute | 42 % | - |" in text
    assert "memory busy" not in markdown(run(cells()[:2], with_roofline=True), [])


def test_nothing_judged_is_no_pass():
    assert markdown(run(records=[]), []).startswith("## sdvbench: No figure was judged.")
