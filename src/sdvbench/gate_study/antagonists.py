"""Neighbours on demand: processes that disturb a measurement in a known way."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

# They end when the study does, even if it is killed: left over, they would disturb what follows.
ALIVE = """
import os
parent = os.getppid()
def alive():
    return os.getppid() == parent
"""

BUSY = """
while alive():
    for _ in range(1_000_000):
        pass
"""

# Copies 64 MB to and fro for 50 to 400 ms, then sleeps as long: caches and memory bandwidth.
MEMORY_BURSTS = """
import random, time
import numpy as np
a, b = np.zeros(8_000_000), np.zeros(8_000_000)
while alive():
    end = time.monotonic() + random.uniform(0.05, 0.4)
    while time.monotonic() < end:
        b[:] = a
        a += 1
    time.sleep(random.uniform(0.05, 0.4))
"""

# By name: one script a process. "full" fills a machine of two cores.
ANTAGONISTS = {
    "quiet": (),
    "bursts": (MEMORY_BURSTS,),
    "busy": (BUSY,),
    "full": (BUSY, BUSY),
}
SETTLE_S = 0.5  # until the scripts have imported what they need


@contextmanager
def beside(name: str) -> Iterator[None]:
    """The block runs beside the processes called ``name``; they end with it."""
    processes = [
        subprocess.Popen([sys.executable, "-c", ALIVE + script]) for script in ANTAGONISTS[name]
    ]
    try:
        if processes:
            time.sleep(SETTLE_S)
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
