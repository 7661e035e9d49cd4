"""A process that answers, and processes that fail in every way that pipes allow."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import sdvbench.simulators.metadrive as package
from sdvbench.errors import MeasurementError
from sdvbench.simulators.metadrive.process import Worker

FOLDER = Path(package.__file__).parent
ECHO = """
import os, sys
from worker.framing import Ended, receive, send
answers = os.fdopen(os.dup(1), "wb")
while True:
    try:
        request, _ = receive(sys.stdin.buffer)
    except Ended:
        break
    {act}
    send(answers, dict(request, process=os.getpid()), bytes(3))
"""
LONG_S = 60.0


def worker(act="pass"):
    """One that echoes requests after doing ``act``."""
    return Worker([sys.executable, "-c", ECHO.format(act=act)], "the worker", FOLDER)


def failure(asked, timeout_s=LONG_S):
    with pytest.raises(MeasurementError) as caught:
        asked.ask("go", timeout_s)
    return str(caught.value)


def is_gone(process):
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(process):
    end = time.monotonic() + LONG_S
    while not is_gone(process):
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.02)


def test_it_answers_with_a_header_and_a_payload_again_and_again():
    asked = worker()
    for number in (1, 2.5, 0.1 + 0.2):
        header, payload = asked.ask("go", LONG_S, number=number)
        assert header["arguments"] == {"number": number}
        assert payload == bytes(3)
    asked.close()
    wait_until_gone(header["process"])


def test_its_own_failure_is_told_and_it_lives_on():
    act = 'if request["name"] == "go": send(answers, dict(error="ValueError: no")); continue'
    asked = worker(act)
    assert "the worker: failed at 'go': ValueError: no" in failure(asked)
    assert asked.ask("on", LONG_S)[0]["name"] == "on"
    asked.close()


def test_one_that_dies_is_told_with_what_it_printed_last():
    asked = worker('print("no", "display", file=sys.stderr); sys.exit(7)')
    told = failure(asked)
    assert "has ended with exit code 7" in told
    assert told.count("no display") == 1
    assert "was closed" in failure(asked)  # and not a wait


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_one_that_is_killed_is_told_with_the_signal():
    assert "was ended by signal 9" in failure(worker("os.kill(os.getpid(), 9)"))


def test_one_that_ends_before_it_is_asked_is_told():
    asked = Worker([sys.executable, "-c", "import nothing_like_it"], "the worker", FOLDER)
    told = failure(asked)
    assert "has ended with exit code 1" in told
    assert "No module named 'nothing_like_it'" in told


def test_one_that_hangs_is_ended():
    asked = worker('if request["name"] == "go": import time; time.sleep(1000)')
    process = asked.ask("who", LONG_S)[0]["process"]
    assert "gave no answer to 'go' within 0.2 s" in failure(asked, timeout_s=0.2)
    assert is_gone(process)
    assert "was closed" in failure(asked)


def test_one_that_sends_something_else_is_ended():
    act = 'if request["name"] == "go": answers.write(b"Hello from MetaDrive"); answers.flush()'
    asked = worker(act)
    process = asked.ask("who", LONG_S)[0]["process"]
    told = failure(asked)
    assert "sent not a message" in told
    assert "Hello" in told
    assert is_gone(process)


def test_one_that_does_not_end_when_asked_is_made_to(monkeypatch):
    monkeypatch.setattr("sdvbench.simulators.metadrive.process.ENDING_S", 0.2)
    act = "import time; send(answers, {'process': os.getpid()}); time.sleep(1000)"
    asked = worker(act)
    process = asked.ask("go", LONG_S)[0]["process"]
    asked.close()
    asked.close()
    assert is_gone(process)


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(MeasurementError, match="cannot be started"):
        Worker(["/nowhere/python"], "the worker", FOLDER)


def test_one_that_nobody_closed_ends_when_it_is_forgotten():
    asked = worker()
    process = asked.ask("go", LONG_S)[0]["process"]
    del asked
    gc.collect()
    wait_until_gone(process)


PARENT = """
import sys
from sdvbench.simulators.metadrive.process import Worker
asked = Worker([sys.executable, "-c", {echo!r}], "the worker", {folder!r})
print(asked.ask("go", 60.0)[0]["process"], flush=True)
sys.stdin.read()
"""


def test_it_ends_when_its_parent_is_killed():
    program = PARENT.format(echo=ECHO.format(act="pass"), folder=str(FOLDER))
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        process = int(parent.stdout.readline())
        assert not is_gone(process)
        parent.kill()
    wait_until_gone(process)
