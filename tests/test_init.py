"""``sdvbench init``: what it writes, keeps and refuses."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sdvbench.cli import main
from sdvbench.gate.thresholds import Thresholds
from sdvbench.init.files import SUITES, TEMPLATE, WORKFLOW, files
from sdvbench.session.settings import HELP, read_settings

ROOT = Path(__file__).parents[1]


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("suite", SUITES)
def test_the_suites_are_those_of_this_repository(suite):
    """Both are changed together: cp perf/*.py src/sdvbench/init/template/perf, and so on."""
    ours = {file.name: file.read_text() for file in (ROOT / suite).glob("*.py")}
    assert {file.name: file.read_text() for file in (TEMPLATE / suite).glob("*.py")} == ours


def test_an_empty_folder_gets_all_of_it_and_hears_what_for(tmp_path, capsys):
    assert main(["init", str(tmp_path / "new")]) == 0
    written = contents(tmp_path / "new")
    told = capsys.readouterr().out
    assert {"perf/test_latency.py", "accuracy/test_map.py", "sdvbench.toml", WORKFLOW} <= set(
        written
    )
    for path in written:
        assert re.search(rf"^  {re.escape(path)} +\S", told, re.MULTILINE), path
    assert f"Next, in {(tmp_path / 'new').resolve()}:\n  pytest perf accuracy --sdv-quick" in told
    assert "Kept" not in told


def test_nothing_is_overwritten(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sdvbench.toml").write_text("imgsz = 320\n")
    (tmp_path / "perf").mkdir()
    (tmp_path / "perf" / "test_latency.py").write_text("# mine\n")
    (tmp_path / "pytest.ini").symlink_to("nowhere")
    assert main(["init"]) == 0
    first = capsys.readouterr().out
    wrote, kept = first.split("Kept, because it exists already")
    assert "  sdvbench.toml " in kept
    assert "  perf/test_latency.py " in kept
    assert "  perf/test_memory.py " in wrote
    after = contents(tmp_path)
    assert (after["sdvbench.toml"], after["perf/test_latency.py"]) == ("imgsz = 320\n", "# mine\n")
    assert not (tmp_path / "nowhere").exists()
    assert main(["init"]) == 0
    assert contents(tmp_path) == after
    assert "Wrote" not in capsys.readouterr().out


def test_a_folder_that_was_there_does_not_become_a_package(tmp_path):
    (tmp_path / "perf").mkdir()
    paths = [file.path for file in files(tmp_path)]
    assert "perf/__init__.py" not in paths
    assert "accuracy/__init__.py" in paths


@pytest.mark.parametrize(
    ("name", "text", "is_root"),
    [
        ("pyproject.toml", "", True),
        ("setup.py", "", True),
        ("tox.ini", "[pytest]\n", True),
        ("tox.ini", "[tox]\n", False),
        ("setup.cfg", "[tool:pytest]\n", True),
    ],
)
def test_pytest_gets_a_root_where_it_has_none(tmp_path, name, text, is_root):
    (tmp_path / name).write_text(text)
    assert ("pytest.ini" not in [file.path for file in files(tmp_path)]) == is_root


def test_every_setting_is_there_and_can_be_uncommented(tmp_path):
    (text,) = (file.text for file in files(tmp_path) if file.path == "sdvbench.toml")
    assert tomllib.loads(text) == {}
    keys = re.findall(r"^# ([a-z]+ = .*)$", text, re.MULTILINE)
    (tmp_path / "sdvbench.toml").write_text("\n".join(keys))
    assert list(tomllib.loads("\n".join(keys))) == list(HELP)
    assert read_settings(tmp_path, {}).imgsz == 640


def test_every_threshold_can_be_uncommented(tmp_path):
    (text,) = (file.text for file in files(tmp_path) if file.path == "baselines/thresholds.toml")
    assert tomllib.loads(text) == {}
    examples = re.findall(r"^# (\[.*\]|\w+ = .*)$", text, re.MULTILINE)
    (tmp_path / "thresholds.toml").write_text("\n".join(examples))
    assert Thresholds(tmp_path).limits("map_drop", "int8", ["map"]) == {"map": 0.03}


def test_the_workflow_is_valid_and_runs_both_suites():
    yaml = pytest.importorskip("yaml")
    content = yaml.safe_load((TEMPLATE / "workflows" / "sdvbench.yml").read_text())
    steps = content["jobs"]["sdvbench"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert "pip install 'sdvbench[cpu]'" in commands
    assert any(command.startswith("pytest perf accuracy --sdv-quick") for command in commands)
    assert all("uses" in step or "run" in step for step in steps)


@pytest.mark.parametrize("name", ["perf", "baselines", ".github"])
def test_a_file_in_the_place_of_a_folder_is_named_and_nothing_is_written(tmp_path, capsys, name):
    (tmp_path / name).write_text("")
    assert main(["init", str(tmp_path)]) == 2
    assert f"{tmp_path / name}: is not a folder. Rename it" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_it_loads_nothing_heavy(tmp_path):
    code = (
        "import sys; from sdvbench.cli import main; main(['init']); "
        "print({'torch', 'onnx', 'numpy', 'cv2'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.endswith("set()\n")


def test_every_file_that_is_no_module_goes_into_the_wheel():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packed = {
        file
        for package, patterns in table["package-data"].items()
        for pattern in patterns
        for file in (ROOT / "src" / package.replace(".", "/")).glob(pattern)
    }
    for file in (ROOT / "src" / "sdvbench").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".py":
            assert file in packed, f"{file} is in no package-data of pyproject.toml"
