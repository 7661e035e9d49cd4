"""Who else used the processor, and who waited for it."""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from sdvbench.measurement import contention
from sdvbench.measurement.contention import THREADS, Watch, disturbance, waited_s


@contextmanager
def neighbours(count):
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_neighbour_s_time_is_counted():
    with neighbours(1):
        watch = Watch()
        time.sleep(1.0)
        assert watch.others_s() > 0.3  # it had a core for a second, or shared one with few others


def test_our_own_time_is_not(monkeypatch):
    # A machine on which nothing else runs, whatever does on this one.
    monkeypatch.setattr(contention, "_busy_s", lambda: 100.0 + contention._own_s())
    watch, start = Watch(), time.process_time()
    while time.process_time() < start + 0.5:
        pass
    assert watch.others_s() < 0.1


@pytest.mark.skipif(not THREADS.exists(), reason="the kernel does not tell; to enable: use Linux")
def test_waiting_for_a_core_is_counted_for_every_thread():
    import os

    before = waited_s()
    with neighbours(2 * len(os.sched_getaffinity(0))):
        thread = threading.Thread(target=work, args=(0.6,))
        thread.start()
        work(0.5)
        waited = waited_s() - before  # read while the thread still lives
        thread.join()
    assert waited > 0.1


def test_a_disturbance_is_told():
    assert disturbance(0.05) == disturbance(0.05, most_cores=0.15) == ""
    assert disturbance(1e3).startswith("other processes used 1000.0 cores")
    assert disturbance(0.8, most_cores=0.15).startswith("other processes used 0.8 cores")
