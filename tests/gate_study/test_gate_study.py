"""The study of the gate: what it counts, keeps and draws; and one real trial."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pkgutil import resolve_name

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sdvbench.cli import main
from sdvbench.errors import OptionError
from sdvbench.gate.verdict import Status
from sdvbench.gate_study import study
from sdvbench.gate_study.antagonists import ANTAGONISTS, beside
from sdvbench.gate_study.reading import read_trials
from sdvbench.gate_study.study import Condition, Contender, plan, run_study
from sdvbench.gate_study.summary import brief, table, wilson
from sdvbench.gate_study.trial import Trial, judging_code
from sdvbench.store import Store
from tests.clock import Clock


def trial(slow_down=0.0, status="PASS", antagonist="quiet", engine="W1 1 thread", mean=False):
    controls = {"mean:5%": mean, "min:5%": False}
    return Trial(engine, antagonist, slow_down, status, 1.0, False, 4.0, controls, judging_code())


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634)]
)
def test_wilson_s_interval(count, total, low, high):
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(count_and_total):
    count, total = count_and_total
    low, high = wilson(count, total)
    assert 0 <= low <= count / total + 1e-12
    assert count / total - 1e-12 <= high <= 1


def test_no_trials_have_no_share():
    with pytest.raises(ValueError, match="no share"):
        wilson(0, 0)


def rows(text, keys):
    """Of a Markdown table: by their first cells."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    return {tuple(row[:keys]): row[keys:] for row in cells[2:]}


TRIALS = [trial(), trial(mean=True), trial(0.05, "FAIL", "busy"), trial(0.05, "PASS", "full")]


def test_the_table_has_a_row_a_condition():
    by_condition = rows(table(TRIALS), 3)
    assert by_condition["0 %", "quiet", "W1 1 thread"][:4] == [
        "2",
        "0 (0 to 66 %)",
        "2 (34 to 100 %)",
        "0 (0 to 66 %)",
    ]
    assert by_condition["0 %", "quiet", "W1 1 thread"][4:] == [
        "4.0",
        "1 (9 to 91 %)",  # mean:5%
        "0 (0 to 66 %)",
    ]
    assert len(by_condition) == 3


def test_the_brief_table_tells_whether_a_core_was_left():
    assert set(rows(brief(TRIALS), 2)) == {
        ("0 %", "none"),
        ("5 %", "leave a core"),
        ("5 %", "leave no core"),
    }


def test_the_plan_is_as_large_as_it_says(monkeypatch):
    monkeypatch.setattr("sdvbench.gate_study.study.available_cores", lambda: 2)
    conditions = plan()
    assert sum(c.trials for c in conditions) == 508
    assert sum(c.trials for c in conditions if not c.slow_down) == 304 + 6
    assert sum(c.trials for c in conditions if c.slow_down == 0.05) == 152 + 6
    assert all(c.trials == 1 for c in plan(0.01))


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="to enable: pip install matplotlib")
    from sdvbench.gate_study.plot import draw

    draw([trial(), trial(0.05, "FAIL"), trial(0.05, "FAIL", "busy")], tmp_path / "a" / "x.png")
    assert (tmp_path / "a" / "x.png").stat().st_size > 5000


def test_antagonists_end_with_the_block():
    import psutil

    others = psutil.Process().children()
    with beside("full"):
        children = [c for c in psutil.Process().children() if c not in others]
        assert len(children) >= len(ANTAGONISTS["full"])
    assert not [c for c in children if c.is_running() and c.status() != "zombie"]


def test_antagonists_do_not_outlive_a_study_that_was_killed():
    import psutil

    script = "import sys; from sdvbench.gate_study.antagonists import beside\n"
    script += "with beside('full'): print('on', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as study:
        assert study.stdout is not None
        assert study.stdout.readline() == "on\n"
        children = psutil.Process(study.pid).children()
        study.kill()
    assert len(children) == 2
    for child in children:
        until_dead(child, enough_s=5.0)


def until_dead(process, enough_s):
    """Waits for a busy process's end, at most until it has had so much more processor time."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        before = sum(process.cpu_times()[:2])
        while process.status() != psutil.STATUS_ZOMBIE:
            assert sum(process.cpu_times()[:2]) < before + enough_s
            time.sleep(0.02)


@pytest.fixture
def counted(monkeypatch):
    """Trials that take no time; which were run."""
    ran = []

    def run_trial(engine, arm, antagonist, slow_down, budget_s, images):
        ran.append((engine, antagonist, slow_down))
        return trial(slow_down, engine=engine, antagonist=antagonist)

    monkeypatch.setattr(study, "run_trial", run_trial)
    monkeypatch.setattr(Contender, "arm", lambda self, store: None)
    return ran


def test_a_study_goes_on_where_it_was_stopped(tmp_path, counted):
    conditions = [Condition(Contender("a", "W1", 64, 1), "quiet", slow, 3) for slow in (0.0, 0.05)]
    file = tmp_path / "trials.jsonl"
    # Stopped after two trials, while the third was being written.
    lines = [trial(engine="a").as_json(), trial(0.05, engine="a").as_json()]
    file.write_text("\n".join([*lines, lines[0][:40]]))
    run_study(conditions, file, Store(tmp_path / "store"))
    assert sorted(slow for _, _, slow in counted) == [0.0, 0.0, 0.05, 0.05]
    assert len(list(read_trials(file))) == 6
    run_study(conditions, file, Store(tmp_path / "store"))
    assert len(counted) == 4


def test_a_file_of_something_else_is_left_alone(tmp_path):
    file = tmp_path / "notes.jsonl"
    file.write_text("dear diary\n")
    with pytest.raises(OptionError, match=r"line 1 of .*notes.jsonl: is no trial"):
        run_study([], file, Store(tmp_path / "store"))
    assert file.read_text() == "dear diary\n"
    assert main(["gate-study", f"--out={tmp_path / 'x.md'}"]) == 2


def test_trials_of_another_gate_are_not_mixed_in(tmp_path):
    file = tmp_path / "trials.jsonl"
    file.write_text(replace(trial(), code="0123456789abcdef").as_json() + "\n")
    with pytest.raises(OptionError, match="another version of the gate"):
        run_study([], file, Store(tmp_path / "store"))


@pytest.fixture
def one_trial(tmp_path, session_store, monkeypatch):
    """A trial of a small engine that is slowed by half."""

    def run():
        contender = Contender("small", "W1", 64, 1, budget_s=0.1)
        file = tmp_path / "trials.jsonl"
        run_study([Condition(contender, "quiet", 0.5, 1)], file, Store(session_store))
        (found,) = [json.loads(line) for line in file.read_text().splitlines()]
        assert found["engine"] == "small"
        assert set(found["controls"]) == {"mean:5%", "min:5%"}
        return found

    monkeypatch.setattr("sdvbench.gate_study.trial.CONTROL_S", 0.1)
    return run


def test_one_real_trial(one_trial):
    found = one_trial()  # what it says, neighbours may decide
    assert found["status"] in list(Status)
    assert found["pair_s"] > 0


def test_one_trial_in_time_that_is_made_up(one_trial, monkeypatch):
    clock, here = Clock(), "sdvbench.gate_study.trial"
    for place in (here, "sdvbench.gate.arms", "sdvbench.measurement.interleaved"):
        monkeypatch.setattr(f"{place}.perf_counter", clock)
    run = "sdvbench.workflows.w1_onnx_runtime.OnnxRuntimeEngine.run"
    monkeypatch.setattr(run, lambda self, images: clock.pass_s(0.02))
    monkeypatch.setattr("sdvbench.gate.arms.work", lambda end: clock.pass_s(end - clock.now_s))
    monkeypatch.setattr("sdvbench.measurement.interleaved.Interleaved.others_cores", 0.0)
    asked = []

    def as_before(place, request, title):
        asked.append(place)
        return resolve_name(place)(request)

    monkeypatch.setattr("sdvbench.measurement.fresh_process.in_fresh_process", as_before)
    found = one_trial()
    assert (found["status"], found["unconfirmed"]) == ("FAIL", False)
    assert found["ratio"] == pytest.approx(1.5, rel=1e-3)
    assert found["controls"] == {"mean:5%": True, "min:5%": True}
    assert asked == ["sdvbench.gate.confirmation:answer"]
