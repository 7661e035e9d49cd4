"""A run read back from a benchmark JSON file."""

import copy
import json
import math

import pytest
from hypothesis import given, settings

from sdvbench.cli import main
from sdvbench.errors import BaselineError, ReportError
from sdvbench.gate.verdict import Status
from sdvbench.report.limits import limits
from sdvbench.report.markdown import markdown
from sdvbench.report.reading import read_run
from sdvbench.typed_json import written as written_record
from tests.json_mutations import mutated, result_of
from tests.report.made_up import CLAIMS, cells, figure, realtime, roofline, rounds, run

CELL = cells()[0]
NAN = float("nan")
RUN = run(told_cells=cells()[:2], rates=(10,), claims=CLAIMS, with_roofline=True)


def content(told=RUN):
    """As pytest-benchmark writes it, with the trace among the benchmark's own."""
    extra = written_record(figure(CELL, "latency", median_ms=1.0)) | {
        "seconds": rounds(CELL).seconds,
        "calls_a_round": [2, 1],
    }
    return {
        "machine_info": {"sdvbench": {"hardware_class": "old-cpu", "libraries": {"torch": "2"}}},
        "datetime": "2026-01-02T03:04:05+00:00",
        "commit_info": {"id": "fedcba9876", "dirty": True},
        "benchmarks": [{"extra_info": {"sdvbench": extra}}, {"extra_info": {}}],
        "sdvbench": json.loads(json.dumps(told.as_dict())),
    }


@pytest.fixture
def written(tmp_path):
    def write(value):
        file = tmp_path / "run.json"
        file.write_text(value if isinstance(value, str) else json.dumps(value))
        return file

    return write


def test_what_was_written_comes_back(written):
    found = read_run(written(content()))
    assert json.loads(json.dumps(found.as_dict())) == json.loads(json.dumps(RUN.as_dict()))
    (trace,) = found.traces.values()
    assert list(found.traces) == [f"{CELL} latency"]
    assert trace.call_ms[0] == pytest.approx(500 * rounds(CELL).seconds[0])


def test_a_run_without_errors_of_its_own_has_none(written):
    before = content()
    del before["sdvbench"]["errors"]
    assert read_run(written(before)).errors == {}


def test_traces_are_stored_once(written):
    assert "traces" not in content()["sdvbench"]


def test_an_older_file_is_read_for_what_it_has(written):
    older = content()
    del older["sdvbench"]
    found = read_run(written(older))
    assert [record.metric for record in found.records] == ["latency"]
    assert found.hardware.name == "old-cpu"
    assert (found.date, found.commit) == ("2026-01-02T03:04:05", "fedcba9876+changes")
    assert len(found.traces) == 1


def changed(part, value):
    one = content()
    holder, _, name = part.rpartition(".")
    place = one
    for step in holder.split(".") if holder else ():
        place = place[int(step) if step.isdigit() else step]
    if value is None:
        del place[name]
    else:
        place[name] = value
    return one


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("benchmarks", None, "benchmarks is missing"),
        ("sdvbench", [], "sdvbench is not an object"),
        ("sdvbench.format", 2, "holds a run of format 2, and this sdvbench reads 1"),
        ("sdvbench.date", None, "date is missing"),
        ("sdvbench.gaps", [], "gaps is a list, not an object"),
        ("sdvbench.errors", {"a": "b"}, "errors.a is the text 'b', not a list"),
        ("sdvbench.records", {}, "records is an object, not a list"),
        ("sdvbench.records.0.reason", None, r"records\[0\].reason is missing"),
        (
            "sdvbench.records.0.status",
            "OK",
            r"records\[0\].status is the text 'OK', which is not known here",
        ),
        ("sdvbench.records.0.cell", "x", r"records\[0\].cell: cell id 'x'"),
        (
            "sdvbench.claims.1.status",
            "MAYBE",
            r"claims\[1\].status is the text 'MAYBE', ",
        ),
        ("sdvbench.control", {"reason": "x"}, "control.status is missing"),
        ("sdvbench.hardware.summary", None, "hardware.summary is missing"),
        ("sdvbench.claims.0.paper", None, r"claims\[0\].paper is missing"),
        (
            "sdvbench.realtime.0.status",
            "OK",
            r"realtime\[0\].status is the text 'OK', which is not known",
        ),
        ("sdvbench.realtime.0.status", "PASS", r"realtime\[0\].reason is missing"),
        ("sdvbench.roofline.0.bound", None, r"roofline\[0\].bound is missing"),
        ("sdvbench.settings", {"run": 3}, "settings.run is 3, not an object"),
        ("sdvbench.libraries", {"torch": 2}, "libraries.torch is 2, not text"),
        ("sdvbench.gaps", {"no GPU": []}, "gaps.no GPU is an empty list"),
        ("sdvbench.errors", {"a": [3]}, r"errors.a\[0\] is 3, not text"),
        ("sdvbench.control.status", "OK", "control.status is the text 'OK', which is not known"),
        ("sdvbench.claims", [3], r"claims\[0\] is 3, not an object"),
    ],
)
def test_what_is_wrong_is_named(written, part, value, told):
    with pytest.raises(ReportError, match=told):
        read_run(written(changed(part, value)))


LATENCY = f"{CELL} latency"
REASON = RUN.records[0].reason


@pytest.mark.parametrize(
    ("part", "value", "name", "told"),
    [
        (
            "records.0.shown.median_ms",
            NAN,
            LATENCY,
            "shown.median_ms is NaN, not a finite number",
        ),
        ("records.0.shown.median_ms", 0, LATENCY, "shown.median_ms is 0, not a positive number"),
        ("records.0.shown.p90_ms", -1, LATENCY, "shown.p90_ms is -1, not a positive number"),
        (
            "records.0.shown.speed_up",
            "x",
            LATENCY,
            "shown.speed_up is the text 'x', not a number",
        ),
        ("records.0.shown", {"a": math.inf}, LATENCY, "shown.a is Infinity, not a finite number"),
        ("records.0.shown", [], LATENCY, "shown is a list, not an object"),
        ("records.0.size", [], LATENCY, "size is a list, not an object"),
        ("records.0.size", {"macs": "x"}, LATENCY, "size.macs is the text 'x', not a whole number"),
        ("records.0.size", {"macs": NAN}, LATENCY, "size.macs is NaN, not a whole number"),
        ("records.0.tier", "x", LATENCY, "tier is the text 'x', which is not known here"),
        ("records.0.imgsz", "640", LATENCY, "imgsz is the text '640', not a whole number"),
        ("realtime.0.rate_hz", 0, f"{CELL} realtime[0]", "rate_hz is 0, not a positive number"),
        ("realtime.0.frames", 1.5, f"{CELL} realtime[0]", "frames is 1.5, not a whole number"),
        ("realtime.0.miss_rate", 0.5, f"{CELL} realtime[0]", "miss_rate is 0.5, not a list"),
        ("realtime.0.miss_rate", [0.5], f"{CELL} realtime[0]", "miss_rate holds 1 values, not 3"),
        ("realtime.0.latencies_ms", [1, NAN], f"{CELL} realtime[0]", "latencies_ms[1] is NaN, not"),
        ("realtime.0.jitter.rfc3550_ms", "x", f"{CELL} realtime[0]", "jitter.rfc3550_ms is the"),
        ("realtime.0.sap", "x", f"{CELL} realtime[0]", "sap is the text 'x', not a number"),
        (
            "realtime.0.sap_interval",
            [1],
            f"{CELL} realtime[0]",
            "sap_interval holds 1 values",
        ),
        ("realtime.0.disturbed", 3, f"{CELL} realtime[0]", "disturbed is 3, not text"),
        ("realtime.0.replayed_from_hz", "x", f"{CELL} realtime[0]", "replayed_from_hz is the text"),
        ("roofline.0.share", NAN, f"{CELL} roofline", "share is NaN, not a positive number"),
        ("roofline.0.peak_gb_per_s", 0, f"{CELL} roofline", "peak_gb_per_s is 0, not a positive"),
        ("roofline.0.macs", None, f"{CELL} roofline", "macs is missing"),
    ],
)
def test_a_figure_that_cannot_be_used_is_named_beside_the_others(written, part, value, name, told):
    found = read_run(written(changed(f"sdvbench.{part}", value)))
    doubted = {r.name: r for r in found.records if r.status is not Status.PASS}
    assert list(doubted) == [name]
    assert doubted[name].status is Status.INCONCLUSIVE
    assert doubted[name].reason.startswith(f"could not be used: {told}")
    if name == LATENCY:  # of which the verdict is known
        assert doubted[name].reason.endswith(f"the run itself said PASS: {REASON}")
    text = markdown(found, [])
    assert "could not be used: " in text
    assert "All 11" not in text


def test_what_failed_still_fails_where_its_figure_cannot_be_used(written):
    failed = changed("sdvbench.records.0.shown.median_ms", NAN)
    failed["sdvbench"]["records"][0] |= {"status": "FAIL", "reason": "1.5 times as slow"}
    (record,) = (r for r in read_run(written(failed)).records if r.status is Status.FAIL)
    assert record.reason.endswith("the run itself said FAIL: 1.5 times as slow")


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("seconds", ["x"], "seconds[0] is the text 'x', not a number"),
        ("seconds", [0.1, NAN], "seconds[1] is NaN, not a positive number"),
        ("seconds", 0.1, "seconds is 0.1, not a list"),
        ("calls_a_round", [0], "calls_a_round[0] is 0, not a whole number of 1 or more"),
        ("calls_a_round", [True], "calls_a_round[0] is true, not a whole number"),
        ("calls_a_round", [], "calls_a_round is an empty list"),
    ],
)
def test_a_trace_that_cannot_be_used_is_told_with_its_figure(written, part, value, told):
    found = read_run(written(changed(f"benchmarks.0.extra_info.sdvbench.{part}", value)))
    (record,) = (r for r in found.records if r.status is not Status.PASS)
    assert record.name == LATENCY
    assert record.reason.startswith(f"could not be used: {told}")
    assert not found.traces


@pytest.mark.parametrize("part", ["records", "roofline"])
def test_a_name_that_comes_twice_is_an_error(written, part):
    twice = content()
    twice["sdvbench"][part].append(twice["sdvbench"][part][0])
    with pytest.raises(ReportError, match=f"has two {part} named '{CELL}"):
        read_run(written(twice))
    twice = content()
    twice["benchmarks"].append(twice["benchmarks"][0])
    with pytest.raises(BaselineError, match=f"holds two figures named '{LATENCY}'"):
        read_run(written(twice))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_read(written, encoding):
    file = written(content())
    file.write_bytes(file.read_text().encode(encoding))
    assert len(read_run(file).records) == len(RUN.records)


SMALL = content(
    run(
        told_cells=[CELL],
        claims=CLAIMS[:1],
        records=[figure(CELL, "latency", median_ms=1.0), figure(CELL, "map_drop", map=0.4)],
        realtime=[realtime(CELL, 10, frames=2)],
        roofline=[roofline(CELL)],
    )
)
SMALL["benchmarks"][0]["extra_info"]["sdvbench"]["seconds"] = [0.1, 0.2]


@settings(max_examples=2000)
@given(mutated(SMALL))
def test_a_damaged_file_is_reported_or_refused_by_name(tmp_path_factory, damaged):
    file = tmp_path_factory.getbasetemp() / "damaged.json"
    file.write_bytes(damaged)
    found = result_of(lambda: read_run(file), "damaged.json")
    if found is not None:
        markdown(found, limits(latency_ms=5.0)).encode()


def test_a_time_below_zero_is_neither_shown_nor_recommended(written):
    content = copy.deepcopy(SMALL)
    (record,) = (r for r in content["sdvbench"]["records"] if "median_ms" in r["shown"])
    record["shown"]["median_ms"] = -5.0
    told = markdown(read_run(written(json.dumps(content))), limits(latency_ms=5.0))
    assert "could not be used: shown.median\\_ms is -5, not a positive number" in told
    assert "No cell can be recommended" in told


@pytest.mark.parametrize("text", ["", "[]", "{", '{"benchmarks": ' + "[" * 100_000])
def test_no_json_object(written, text):
    with pytest.raises(BaselineError, match=r"run\.json"):
        read_run(written(text))


def test_a_plain_benchmark_is_refused_with_what_to_do(written):
    plain = {"machine_info": {}, "benchmarks": [{"extra_info": {}}]}
    with pytest.raises(ReportError, match="--benchmark-json=FILE"):
        read_run(written(plain))


def test_the_command_prints_markdown_or_writes_a_file(written, capsys, tmp_path):
    file = written(content())
    assert main(["report", str(file)]) == 0
    assert capsys.readouterr().out.startswith("## sdvbench: All 11 figures PASS.")
    out = tmp_path / "new" / "run.html"
    assert main(["report", str(file), f"--out={out}", "--max-latency-ms=1"]) == 0
    assert "No cell meets all limits" in out.read_text()
    assert [path.name for path in out.parent.iterdir()] == ["run.html"]


def test_the_command_refuses_other_kinds_of_files(written, capsys, tmp_path):
    assert main(["report", str(written(content())), f"--out={tmp_path / 'run.pdf'}"]) == 2
    assert "run.pdf: is neither .html nor .md. Name it" in capsys.readouterr().err
