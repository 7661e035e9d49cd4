"""Where commands take their settings from."""

import pytest

from sdvbench.cli import main
from tests.gate.benchmark_files import record, write


@pytest.fixture
def sub(tmp_path, monkeypatch):
    """A folder of a repository whose root has settings; the current one."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "sdvbench.toml").write_text("baselines = 'accepted'\nstore = 'artifacts'")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    return tmp_path / "sub"


def accepted(**others):
    shown = {"median_ms": 1.0}
    return record(shown=shown, artifact="0123", **others)


def test_figures_are_accepted_where_pytest_looks_for_them(sub):
    write(sub / "a.json", accepted())
    assert main(["baseline", "accept", "a.json"]) == 0
    assert (sub.parent / "accepted" / "some-cpu.json").is_file()
    assert main(["baseline", "accept", "a.json", "--baselines=here"]) == 0
    assert (sub / "here" / "some-cpu.json").is_file()


def test_the_store_of_the_file_is_used(sub, capsys):
    assert main(["store", "path"]) == 0
    assert capsys.readouterr().out == f"{sub.parent / 'artifacts'}\n"


def test_weights_that_are_not_there_are_named_before_anything_is_built(sub, capsys):
    with (sub.parent / "sdvbench.toml").open("a") as file:
        file.write("\nweights = 'yolov5n.pt'")
    assert main(["build", "yolov5n-orig-W1-fp32-b1", "--imgsz=64"]) == 2
    told = f"weights in sdvbench.toml = '{sub.parent}/yolov5n.pt': there is no such file"
    assert told in capsys.readouterr().err
