"""Processes and threads that want the same artifact at once."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sdvbench.store import Store, sealed_folder, store
from tests.store.built import CONTENT, RECIPE, build, content, spawn

STUCK_S = 600  # a thread that has not come so far by then never will, on however busy a machine


@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("damaged", [False, True])
def test_racing_processes_build_once(tmp_path, processes, damaged):
    if damaged:
        Store(tmp_path).get_or_build(RECIPE, build).path("engine.onnx").write_bytes(bytes(5120))
    wait, go = os.pipe()

    def slow_build(folder):
        with open(tmp_path / "builds", "a") as file:
            file.write("x")
        time.sleep(0.1)  # long enough for the others to arrive
        return build(folder)

    def race():
        os.close(go)
        os.read(wait, 1)
        assert content(Store(tmp_path).get_or_build(RECIPE, slow_build)) == CONTENT

    pids = [spawn(race) for _ in range(processes)]
    os.close(go)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * processes
    os.close(wait)
    assert (tmp_path / "builds").read_text() == "x"


def test_racing_threads_build_once(tmp_path):
    things, barrier = Store(tmp_path), threading.Barrier(4)

    def race(_):
        barrier.wait()
        return things.get_or_build(RECIPE, build)

    with ThreadPoolExecutor(4) as pool:
        artifacts = list(pool.map(race, range(4)))
    assert sorted(artifact.built for artifact in artifacts) == [False, False, False, True]
    assert all(content(artifact) == CONTENT for artifact in artifacts)


def test_waiting_is_told(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(store, "_WAIT_UNTOLD_S", 0.01)
    building, told = threading.Event(), threading.Event()
    monkeypatch.setattr(store.log, "filter", lambda record: told.set() or True)

    def waiting_build(folder):
        building.set()
        assert told.wait(STUCK_S)
        return build(folder)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(Store(tmp_path).get_or_build, RECIPE, waiting_build)
        assert building.wait(STUCK_S)
        assert not Store(tmp_path).get_or_build(RECIPE, pytest.fail).built
        assert first.result().built
    assert "waiting for another process or thread to build artifact" in caplog.text


def test_an_artifact_replaced_while_it_is_read_is_read_again(tmp_path, caplog, monkeypatch):
    things = Store(tmp_path)
    first = things.get_or_build(RECIPE, build)

    def replaced_meanwhile(*arguments):
        monkeypatch.undo()
        things.remove(first.key)
        things.get_or_build(RECIPE, lambda folder: (folder / "new").touch())
        raise sealed_folder.Damage("engine.onnx is missing")

    monkeypatch.setattr(store, "verify", replaced_meanwhile)
    assert things.find(RECIPE).files == ("new",)
    assert "damaged" not in caplog.text


def test_readers_see_whole_artifacts_while_they_are_replaced(tmp_path):
    things, done = Store(tmp_path), threading.Event()
    key = things.get_or_build(RECIPE, build).key

    def replace():
        for _ in range(15):
            things.remove(key)
            things.get_or_build(RECIPE, build)
        done.set()

    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(replace)
        while not done.is_set():
            found = Store(tmp_path).find(key)
            assert found is None or found.manifest["facts"] == {"seconds": 1.5}
            if replacing.done():
                break
        replacing.result()
    assert content(things.find(key)) == CONTENT
