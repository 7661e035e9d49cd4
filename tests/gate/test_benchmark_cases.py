"""Files of pytest-benchmark as people have them, each against the same older run."""

import pytest

from sdvbench.cli import main
from sdvbench.gate.comparison import compare_runs
from sdvbench.gate.results import read_results
from sdvbench.gate.verdict import Status

DETECT, NMS, LETTERBOX = (f"tests/test_speed.py::test_{n}" for n in ("detect", "nms", "letterbox"))
EQUAL = {DETECT: Status.PASS, NMS: Status.PASS, LETTERBOX: Status.PASS}
LOST = EQUAL | {LETTERBOX: Status.INCONCLUSIVE}


@pytest.fixture
def cases(shared_cases):
    return shared_cases / "benchmark-json"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("02-slower.json", EQUAL | {DETECT: Status.FAIL}),
        ("03-one-is-zero.json", LOST),
        ("04-one-is-nan.json", LOST),
        ("14-bom.json", EQUAL),
    ],
)
def test_each_case_gives_what_is_right(cases, name, expected, capsys):
    old, new = cases / "old.json", cases / name
    rows = compare_runs(read_results(old), read_results(new), lambda figure, tier: 0.15)
    assert {row.name: row.verdict.status for row in rows} == expected
    code = 1 if Status.FAIL in expected.values() else 0
    assert main(["compare", str(old), str(new), "--tolerance=0.15"]) == code
    told = capsys.readouterr().out
    assert told.count("could not be used") == (expected is LOST)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_case_in_another_encoding_gives_the_same(cases, tmp_path, encoding):
    other = tmp_path / "other.json"
    other.write_bytes((cases / "old.json").read_text().encode(encoding))
    assert read_results(other).results == read_results(cases / "old.json").results


@pytest.mark.parametrize("value", ["Infinity", "null", '"0.0007"', "-0.0007", "1e999"])
def test_a_case_with_another_figure_that_cannot_be_used(cases, tmp_path, value):
    text = (cases / "old.json").read_text()
    other = tmp_path / "other.json"
    other.write_text(text.replace('"median": 0.0007', f'"median": {value}'))
    found = read_results(other)
    assert list(found.results) == [DETECT, NMS]
    assert list(found.unusable) == [LETTERBOX]
