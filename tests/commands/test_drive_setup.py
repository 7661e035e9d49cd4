"""``sdvbench drive setup``: says what it is about to do, and tries what it has made."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest

from sdvbench.commands import drive_setup
from sdvbench.simulators.metadrive import environment, simulator


class Small:
    """A simulator whose images are small."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def observe(self):
        return np.zeros((66, 200, 3), np.uint8)


def run(*arguments):
    parser = argparse.ArgumentParser()
    drive_setup.add(parser.add_subparsers(required=True))
    options = parser.parse_args(["setup", *arguments])
    return options.command(options)


def test_it_tells_the_size_first_and_ends_with_an_image(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SDVBENCH_CACHE", str(tmp_path))
    monkeypatch.delenv(environment.VARIABLE, raising=False)
    monkeypatch.setattr(environment, "_run", lambda command: print("run", command[2]))
    monkeypatch.setattr(simulator, "MetaDrive", Small)
    monkeypatch.setattr(environment, "_base_python", lambda: "python3.11")
    (tmp_path / "environments" / f"metadrive-{environment.METADRIVE}").mkdir(parents=True)
    monkeypatch.setattr(environment.shutil, "rmtree", lambda *_, **__: None)
    assert run("metadrive") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "run venv"
    assert "930 MB" in lines[2]
    assert lines[3] == "run pip"
    assert lines[-1].startswith("metadrive is ready: images of 200x66 from ")
    assert Path(lines[-1].split()[-1]).is_relative_to(tmp_path)


def test_a_python_that_is_named_is_tried_and_nothing_is_installed(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SDVBENCH_CACHE", str(tmp_path))
    monkeypatch.setenv(environment.VARIABLE, sys.executable)
    monkeypatch.setattr(simulator, "MetaDrive", Small)
    assert run("metadrive") == 0
    lines = capsys.readouterr().out.splitlines()
    told = (
        f"  {environment.VARIABLE} is set, so {sys.executable} is taken, and nothing is installed"
    )
    assert lines[0] == told
    assert lines[-1] == f"metadrive is ready: images of 200x66 from {sys.executable}"
    assert not (tmp_path / "environments").exists()


def test_there_is_no_other_simulator_to_set_up(capsys):
    with pytest.raises(SystemExit):
        run("circuit")
    assert "invalid choice" in capsys.readouterr().err
