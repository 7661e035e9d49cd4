"""Who else used the processor, and who waited for it.

Real neighbours are waited for by the processor time that they have had, never for some seconds: on
a busier machine that takes longer, and says the same.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest

from sdvbench.measurement import contention
from sdvbench.measurement.contention import THREADS, Watch, disturbance, waited_s


@contextmanager
def neighbours(count):
    """Busy processes, each of which has begun to work."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        for process in busy:
            until_spent(process, 0.05)
        yield busy
    finally:
        for process in busy:
            process.kill()
            process.wait()


def until_spent(process, seconds):
    """Waits until the process has had so much processor time."""
    found = psutil.Process(process.pid)
    while sum(found.cpu_times()[:2]) < seconds:
        assert process.poll() is None
        time.sleep(0.01)


def work(seconds):
    """Computes for so much processor time of the thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_neighbour_s_time_is_counted():
    with neighbours(1) as (one,):
        watch = Watch()
        until_spent(one, 0.35)  # 0.05 s of them may have been before
        assert watch.others_s() > 0.2  # whoever else there is adds to it


def test_our_own_time_is_not(monkeypatch):
    # A machine on which nothing else runs, whatever does on this one.
    monkeypatch.setattr(contention, "_busy_s", lambda: 100.0 + contention._own_s())
    watch = Watch()
    work(0.3)
    assert watch.others_s() < 0.1


def test_idle_and_guests_time_are_nobody_s(monkeypatch):
    class Times(tuple):
        user, guest, idle, iowait, steal = 5.0, 1.0, 70.0, 3.0, 2.0

    monkeypatch.setattr(psutil, "cpu_times", lambda: Times((5.0, 1.0, 70.0, 3.0, 2.0)))
    assert contention._busy_s() == 7.0


def test_waiting_is_summed_over_threads_as_the_kernel_tells_it(tmp_path, monkeypatch):
    monkeypatch.setattr(contention, "THREADS", tmp_path)
    for thread, told in (("1", "900 1500000000 7\n"), ("2", "9 500000000 1\n"), ("3", "9\n")):
        (tmp_path / thread).mkdir()
        (tmp_path / thread / "schedstat").write_text(told)
    (tmp_path / "4").mkdir()  # has just ended
    assert waited_s() == 2.0


@pytest.mark.skipif(not THREADS.exists(), reason="the kernel does not tell; to enable: use Linux")
def test_waiting_for_a_core_is_counted_for_every_thread():
    with neighbours(2 * len(os.sched_getaffinity(0))):
        before, stop = waited_s(), threading.Event()
        thread = threading.Thread(target=lambda: (work(0.3), stop.wait()))
        thread.start()
        work(0.3)
        waited = waited_s() - before  # read while the thread still lives
        stop.set()
        thread.join()
    assert waited > 0.1


def test_a_disturbance_is_told():
    assert disturbance(0.05) == disturbance(0.05, most_cores=0.15) == ""
    assert disturbance(1e3).startswith("other processes used 1000.0 cores")
    assert disturbance(0.8, most_cores=0.15).startswith("other processes used 0.8 cores")
