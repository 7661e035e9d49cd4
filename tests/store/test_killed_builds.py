"""A build killed at any moment leaves the store whole."""

import logging
import os
import random
import signal
import sys
import time

import pytest

from sdvbench import durable
from sdvbench.store import Store, artifact, disk_errors, recipe_key, sealed_folder, store
from tests.store.built import CONTENT, RECIPE, build, content, leftovers, spawn


@pytest.mark.parametrize("damaged", [False, True])
def test_killed_at_every_line_of_a_build(tmp_path, damaged):
    """A forked process kills itself at the nth line of the store's own code, once it writes."""
    # Not canonical_json, which touches no file and takes most of the lines.
    places = {m.__file__ for m in (store, sealed_folder, disk_errors, artifact, durable)}
    place = Store(tmp_path)._place(recipe_key(RECIPE))

    def killed_at(line_count: int) -> None:
        writing = False

        def tracer(frame, event, _):
            nonlocal line_count, writing
            code = frame.f_code
            writing |= code is Store._build.__code__
            if not writing or code.co_filename not in places:
                return None
            line_count -= event == "line"
            if line_count == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return tracer

        logging.disable()
        sys.settrace(tracer)
        Store(tmp_path).get_or_build(RECIPE, build)

    logging.disable()
    try:
        for line_count in range(1, 10_000):
            if damaged:
                harmed = Store(tmp_path).get_or_build(RECIPE, build)
                harmed.path("engine.onnx").write_bytes(bytes(5120))
            _, status = os.waitpid(spawn(lambda n=line_count: killed_at(n)), 0)
            if status == 0:
                break
            assert os.WTERMSIG(status) == signal.SIGKILL
            if found := Store(tmp_path).find(RECIPE):
                assert content(found) == CONTENT
                Store(tmp_path).remove(found.key)
            assert damaged or not os.path.lexists(place), "in place, but not whole"
    finally:
        logging.disable(logging.NOTSET)
    assert line_count > 50
    assert content(Store(tmp_path).get_or_build(RECIPE, pytest.fail)) == CONTENT
    assert leftovers(tmp_path) == []


def test_killed_at_any_moment_of_a_long_build(tmp_path, caplog):
    big = {f"{number}.bin": random.Random(number).randbytes(20_000) for number in range(40)}

    def long_build(folder):
        for name, data in big.items():
            (folder / name).write_bytes(data)

    started = time.monotonic()
    os.waitpid(spawn(lambda: Store(tmp_path / "first").get_or_build(RECIPE, long_build)), 0)
    whole_s = time.monotonic() - started
    for part in range(20):
        pid = spawn(lambda: Store(tmp_path).get_or_build(RECIPE, long_build))
        time.sleep(whole_s * part / 19)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if found := Store(tmp_path).find(RECIPE):
            assert content(found) == big
            Store(tmp_path).remove(found.key)
    assert content(Store(tmp_path).get_or_build(RECIPE, long_build)) == big
    assert leftovers(tmp_path) == []
    assert "damaged" not in caplog.text


def test_leftovers_of_a_killed_build_are_told(tmp_path, caplog):
    def dying(folder):
        build(folder)
        os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(spawn(lambda: Store(tmp_path).get_or_build(RECIPE, dying)), 0)
    [left] = leftovers(tmp_path)
    assert Store(tmp_path).usage().unfinished_bytes > 0
    assert Store(tmp_path).get_or_build(RECIPE, build).built
    assert f"removing {left}, left behind by a build that was killed" in caplog.text
    assert leftovers(tmp_path) == []
