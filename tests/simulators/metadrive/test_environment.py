"""MetaDrive's environment is made whole or again, by one process at a time, and gaps are told."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sdvbench.errors import BuildError, MeasurementError, OptionError
from sdvbench.simulators.metadrive import environment
from sdvbench.simulators.metadrive.environment import PINS, VARIABLE, gap, interpreter, set_up
from sdvbench.simulators.metadrive.simulator import MetaDrive


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The commands that were run, in a cache of its own; nothing is installed."""
    monkeypatch.setenv("SDVBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(environment, "NEEDED_BYTES", 0)
    monkeypatch.setattr(environment, "_base_python", lambda: sys.executable)
    commands = []

    def run(command):
        commands.append(command)
        if "venv" in command:
            python = environment._python(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.write_text("")

    monkeypatch.setattr(environment, "_run", run)
    return commands


def quiet(line):
    assert line


def test_without_one_the_gap_names_the_command(made):
    assert str(gap()) == "MetaDrive is not set up; to enable: sdvbench drive setup metadrive"
    with pytest.raises(OptionError, match="sdvbench drive setup metadrive"):
        interpreter()
    assert not made


def test_it_is_made_once_with_exactly_the_pins(made):
    python = set_up(quiet)
    assert gap() is None
    assert interpreter() == python == set_up(quiet)
    assert [command[1:3] for command in made] == [["-m", "venv"], ["-m", "pip"]]
    assert made[1][0] == str(python)
    assert made[1][-len(PINS) :] == PINS
    assert all("==" in pin for pin in PINS)


@pytest.mark.parametrize("when", ["venv", "pip"])
def test_what_a_killed_one_left_is_not_used_and_made_again(made, monkeypatch, when):
    run = environment._run

    def killed(command):
        run(command)
        if when in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_run", killed)
    with pytest.raises(KeyboardInterrupt):
        set_up(quiet)
    assert gap()
    left = environment._folder() / "left behind"
    left.write_text("")
    monkeypatch.setattr(environment, "_run", run)
    set_up(quiet)
    assert gap() is None
    assert not left.exists()


def test_other_pins_make_it_anew(made, monkeypatch):
    set_up(quiet)
    monkeypatch.setattr(environment, "MARKED", b"other pins")
    assert gap()
    set_up(quiet)
    assert len(made) == 4


def test_of_two_at_once_one_makes_it_and_the_other_waits(made, monkeypatch):
    told, inside = [], threading.Event()
    run = environment._run

    def slowly(command):
        run(command)
        inside.set()
        assert wait_for(lambda: told)  # until the other one waits

    monkeypatch.setattr(environment, "_run", slowly)
    first = threading.Thread(target=set_up, args=(quiet,))
    first.start()
    assert inside.wait(60)
    set_up(told.append)
    first.join(60)
    assert len(made) == 2
    assert told == ["waiting for another process that sets MetaDrive up"]


def wait_for(condition):
    pause = threading.Event()
    return any(condition() or pause.wait(0.05) for _ in range(1200))


def test_a_full_disk_is_told_before_anything_is_made(made, monkeypatch):
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(BuildError, match="are free"):
        set_up(quiet)
    assert not made


def test_a_python_that_metadrive_cannot_use_is_replaced_by_one_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "PYTHON", (3, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"needs Python 3\.2, which is not here"):
        environment._base_python()
    found = tmp_path / "python3.2"
    found.write_text("")
    found.chmod(found.stat().st_mode | stat.S_IXUSR)
    assert environment._base_python() == str(found)


def test_what_a_failing_pip_says_is_told():
    command = [sys.executable, "-c", "import sys; sys.exit('no such release')"]
    with pytest.raises(BuildError, match="failed: no such release"):
        environment._run(command)


def test_a_python_of_your_own_is_taken_instead(made, monkeypatch):
    monkeypatch.setenv(VARIABLE, sys.executable)
    assert gap() is None
    assert interpreter() == Path(sys.executable)
    monkeypatch.setenv(VARIABLE, "/nowhere/python")
    assert "/nowhere/python is no program" in str(gap())


def test_one_without_metadrive_is_told_by_its_own_words(monkeypatch):
    monkeypatch.setenv(VARIABLE, sys.executable)
    with pytest.raises(MeasurementError) as caught:
        MetaDrive()
    told = str(caught.value)
    assert "could not start: ModuleNotFoundError: No module named 'panda3d'" in told
    assert f"Install {PINS[0]} " in told
    assert told.endswith(f" in {VARIABLE}={sys.executable}, or unset it.")


def test_the_worker_needs_nothing_of_sdvbench():
    folder = Path(environment.__file__).parent
    names = "framing", "car", "route", "teacher", "scene", "drive", "__main__"
    program = (
        f"import sys; sys.modules['sdvbench'] = None\nimport {', worker.'.join(('worker', *names))}"
    )
    ran = subprocess.run(
        [sys.executable, "-E", "-c", program], cwd=folder, env=dict(os.environ), capture_output=True
    )
    assert ran.returncode == 0, ran.stderr
