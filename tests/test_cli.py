"""The manners of the command line: version, examples, closed pipes, interruptions."""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import sdvbench
from sdvbench import cli
from sdvbench.cli import main
from sdvbench.gate.baselines import Baselines
from tests.gate.benchmark_files import plain, write_plain
from tests.gate.figures import CELL, ENTRY

HEAVY = {"torch", "onnx", "onnxruntime", "numpy", "cv2", "matplotlib", "pytest"}
LIGHT = f"""
import sys
from sdvbench.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted({HEAVY} & set(sys.modules)), file=sys.stderr)
"""


def parsers(parser):
    """``parser`` and those of its commands, each with the words that lead to it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from parsers(one)


EVERY = list(parsers(cli._parser()))
NAMES = [parser.prog for parser in EVERY]


def test_the_version_is_the_package_s(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"sdvbench {sdvbench.__version__}\n"


def test_the_version_is_that_of_the_installed_package():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert f'version = "{sdvbench.__version__}"' in text


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_asking_for_words_loads_nothing_heavy(option):
    told = subprocess.run(
        [sys.executable, "-c", LIGHT, option], capture_output=True, text=True, check=True
    )
    assert told.stdout
    assert told.stderr.split() == []


@pytest.mark.parametrize("parser", EVERY, ids=NAMES)
def test_help_shows_examples_that_are_right(parser, capsys):
    with pytest.raises(SystemExit):
        main([*parser.prog.split()[1:], "--help"])
    _, title, examples = capsys.readouterr().out.partition("\nexample")
    assert title
    lines = [line.strip() for line in examples.splitlines()[1:]]
    assert lines
    for line in lines:
        assert line.startswith(parser.prog)
        cli._parser().parse_args(shlex.split(line)[1:])


def ran(prelude, *arguments, folder=None, **environment):
    """A process of its own that runs ``prelude`` and then the command."""
    program = f"import os, signal, sys\nfrom sdvbench.cli import main\n{prelude}\n"
    return subprocess.run(
        [sys.executable, "-c", program + "sys.exit(main(sys.argv[1:]))", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
    )


NOBODY_READS = "reading, writing = os.pipe(); os.close(reading); os.dup2(writing, {})"
SLOWER = ("compare", "old.json", "new.json")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(SLOWER, 1), (("compare", "--help"), 0), (("--version",), 0), (("baseline", "list"), 0)],
)
def test_a_reader_that_leaves_early_is_no_error(tmp_path, unbuffered, arguments, code):
    write_plain(tmp_path / "old.json", plain("slower"))
    write_plain(tmp_path / "new.json", plain("slower", 0.06))
    found = Baselines(tmp_path / "baselines", "some-cpu")
    found.accept(CELL, "latency", ENTRY)
    found.write()
    told = ran(NOBODY_READS.format(1), *arguments, folder=tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (told.returncode, told.stderr) == (code, "")


@pytest.mark.parametrize("arguments", [("compare", "nowhere.json", "nowhere.json"), ()])
def test_errors_that_nobody_reads_keep_their_exit_code(tmp_path, arguments):
    told = ran(NOBODY_READS.format(2), *arguments, folder=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_an_error_without_a_traceback(unbuffered):
    full = 'os.dup2(os.open("/dev/full", os.O_WRONLY), 1)'
    told = ran(full, "--version", PYTHONUNBUFFERED=unbuffered)
    assert told.stderr == "sdvbench: the output was not written (No space left on device)\n"


def test_ctrl_c_ends_a_command_without_a_traceback():
    interrupted = "from sdvbench.commands import baseline\n"
    # A shell's background jobs, and so perhaps these tests, ignore Ctrl-C; the child must not.
    interrupted += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    interrupted += "baseline._list = lambda options: os.kill(os.getpid(), signal.SIGINT)"
    told = ran(interrupted, "baseline", "list")
    assert (told.returncode, told.stdout, told.stderr) == (130, "", "sdvbench: interrupted\n")


def test_a_terminal_that_lacks_a_character_shows_its_escape(tmp_path):
    for name in ("old.json", "new.json"):
        write_plain(tmp_path / name, plain("test_größe"))
    told = ran("", "compare", "old.json", "new.json", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert told.returncode == 0
    assert r"test_gr\xf6\xdfe" in told.stdout
