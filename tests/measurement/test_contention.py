"""Who else used the processor."""

import subprocess
import sys
import time

import numpy as np

from sdvbench.measurement.contention import watched
from sdvbench.measurement.trace import PairedTrace, Trace


def test_a_neighbour_s_time_is_counted():
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    with watched() as contention:
        time.sleep(1.0)
    neighbour.kill()
    neighbour.wait()
    assert contention.cores > 0.3  # it had a core for a second, or shared one with few others


def test_our_own_time_is_not():
    start = time.process_time()
    with watched() as idle:
        time.sleep(0.5)
    with watched() as busy:
        while time.process_time() < start + 1.0:
            pass
    # Whatever else runs on this machine runs in both blocks, about alike; one core of ours would
    # show. Loose, since neighbours come and go.
    assert busy.cores < idle.cores + 0.9


def test_a_disturbed_pair_says_so():
    arm = Trace(np.ones(3))
    assert PairedTrace(arm, arm, 0.05).disturbed == ""
    assert PairedTrace(arm, arm, 0.8).disturbed.startswith("other processes used 0.8 cores")
