"""A run read back from a benchmark JSON file."""

import json

import pytest

from sdvbench.cli import main
from sdvbench.errors import BaselineError, ReportError
from sdvbench.report.reading import read_run
from tests.report.made_up import CLAIMS, cells, figure, rounds, run

CELL = cells()[0]
RUN = run(told_cells=cells()[:2], rates=(10,), claims=CLAIMS, with_roofline=True)


def content(told=RUN):
    """As pytest-benchmark writes it, with the trace among the benchmark's own."""
    extra = figure(CELL, "latency", median_ms=1.0) | {
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
    assert found.as_dict() == json.loads(json.dumps(RUN.as_dict()))
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
    assert [record["metric"] for record in found.records] == ["latency"]
    assert found.hardware["class"] == "old-cpu"
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
        ("benchmarks", None, "has no benchmarks"),
        ("sdvbench", [], "sdvbench is not an object"),
        ("sdvbench.format", 2, "holds a run of format 2, and this sdvbench reads 1"),
        ("sdvbench.date", None, "has no date"),
        ("sdvbench.gaps", [], "gaps is not an object"),
        ("sdvbench.errors", {"a": "b"}, "errors.a is not a list"),
        ("sdvbench.records", {}, "records is not a list"),
        ("sdvbench.records.0.reason", None, r"has no records\[0\].reason"),
        ("sdvbench.records.0.status", "OK", r"records\[0\].status is none of PASS"),
        ("sdvbench.records.0.cell", "x", r"records\[0\].cell: cell id 'x'"),
        ("sdvbench.records.0.shown", {"a": "b"}, r"records\[0\].shown holds something"),
        ("sdvbench.claims.1.status", "MAYBE", r"claims\[1\].status is none of CONFIRMED"),
        ("sdvbench.realtime.0.miss_rate", 0.5, r"realtime\[0\].miss_rate is not a list"),
        ("sdvbench.realtime.0.miss_rate", [0.5], r"miss_rate is not a share and its interval"),
        ("sdvbench.realtime.0.miss_rate", [0.5, "a", 1], r"miss_rate holds something"),
        ("sdvbench.realtime.0.latencies_ms", ["a"], r"latencies_ms holds something"),
        ("sdvbench.realtime.0.jitter", {"rfc3550_ms": "x"}, r"jitter holds something"),
        ("sdvbench.control", {"reason": "x"}, "has no control.status"),
        ("sdvbench.hardware.summary", None, r"has no hardware.summary"),
        ("sdvbench.claims.0.paper", None, r"has no claims\[0\].paper"),
        ("sdvbench.realtime.0.status", "OK", r"realtime\[0\].status is none of PASS"),
        ("sdvbench.realtime.0.status", "PASS", r"has no realtime\[0\].reason"),
        ("sdvbench.realtime.0.replayed_from_hz", "x", r"replayed_from_hz is not a number"),
        ("sdvbench.roofline.0.bound", None, r"has no roofline\[0\].bound"),
        ("sdvbench.roofline.0.peak_gb_per_s", None, r"has no roofline\[0\].peak_gb_per_s"),
        ("sdvbench.roofline.0.share", "x", r"roofline\[0\].share is not a number"),
        ("benchmarks.0.extra_info.sdvbench.seconds", ["x"], "are not numbers"),
    ],
)
def test_what_is_wrong_is_named(written, part, value, told):
    with pytest.raises(ReportError, match=told):
        read_run(written(changed(part, value)))


@pytest.mark.parametrize("text", ["", "[]", "{"])
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
