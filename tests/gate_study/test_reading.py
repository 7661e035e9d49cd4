"""The file of a study, as it may have become."""

import json
import math

import pytest
from hypothesis import given, settings

from sdvbench.errors import OptionError
from sdvbench.gate_study.reading import read_trials
from sdvbench.gate_study.summary import brief, table
from sdvbench.gate_study.trial import Trial
from tests.json_mutations import mutated, result_of

TRIAL = Trial(
    *("W1 1 thread", "quiet", 0.05, "PASS", 1.01, False, 4.0),
    controls={"mean:5%": False, "min:5%": True},
    code="0123456789abcdef",
)
VALID = json.loads(TRIAL.as_json())


def written(file, *changes):
    lines = [json.dumps(VALID | change) for change in changes]
    file.write_text("".join(line + "\n" for line in lines))
    return file


def test_what_was_written_is_read(tmp_path):
    file = written(tmp_path / "trials.jsonl", {}, {"ratio": None, "reason": "too noisy"})
    first, second = read_trials(file)
    assert first == TRIAL
    assert (second.ratio, second.reason) == (None, "too noisy")
    assert list(read_trials(tmp_path / "nowhere.jsonl")) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_other_encodings_are_read(tmp_path, encoding):
    file = written(tmp_path / "trials.jsonl", {}, {})
    file.write_bytes(file.read_text().encode(encoding))
    assert list(read_trials(file)) == [TRIAL, TRIAL]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"engine": None}, "engine is null, not text"),
        ({"status": "OK"}, "status is the text 'OK', which is not known here"),
        ({"antagonist": "noisy"}, "antagonist is 'noisy', none of quiet, "),
        ({"ratio": 0}, "ratio is 0, not a positive number"),
        ({"pair_s": math.nan}, "pair_s is NaN, not a number of 0 or more"),
        ({"slow_down": "5 %"}, "slow_down is the text '5 %', not a number"),
        ({"unconfirmed": 1}, "unconfirmed is 1, not true or false"),
        ({"controls": {"mean:5%": True}}, "controls.min:5% is missing"),
        ({"controls": {"mean:5%": True, "min:5%": 1}}, "controls.min:5% is 1, not true or false"),
        ({"mood": "good"}, "mood is not known"),
    ],
)
@pytest.mark.parametrize("place", [1, 2])
def test_a_line_that_is_no_trial_is_named(tmp_path, change, why, place):
    changes = [{}, {}]
    changes[place - 1] = change
    file = written(tmp_path / "trials.jsonl", *changes)
    with pytest.raises(OptionError, match=f"line {place} of .*: is no trial of this study: {why}"):
        list(read_trials(file))


def test_a_deeply_nested_line_is_named(tmp_path):
    file = tmp_path / "trials.jsonl"
    file.write_text("[" * 100_000 + "\n" + TRIAL.as_json())
    with pytest.raises(OptionError, match=r"line 1 of .*: is no trial of this study: is nested"):
        list(read_trials(file))


@settings(max_examples=2000)
@given(mutated(VALID))
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    file.write_bytes(content)
    found = result_of(lambda: list(read_trials(file)), "damaged.jsonl")
    if found:
        f"{brief(found)}{table(found)}".encode()
