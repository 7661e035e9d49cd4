"""A machine whose time is made up; a conftest.py of the suites that are tested.

An engine's call takes 50 ms, three times as long without graph optimization, whatever neighbours
this machine has and however long the call really takes. Nobody else uses the machine. What a fresh
process would measure is made up, or measured in this process, where that time holds.
"""

import random
import time
from functools import partial
from pkgutil import resolve_name

import pytest
from pytest_benchmark.utils import NameWrapper

from sdvbench.measurement import fresh_process, interleaved, latency, memory, peak
from sdvbench.realtime import camera, drive
from sdvbench.workflows.base import Engine

CALL_S, SLOWER = 0.05, {"disable": 3.0}
NOISE = random.Random(0)
PEAK = {"device": "cpu", "threads": 0, "gmacs_per_s": {"fp32": 1.0}, "gb_per_s": 1.0}
MEMORY = {"peak_memory_mb": 90.0, "private_memory_mb": 50.0}
now_s = 0.0


def clock() -> float:
    pass_time(1e-6)  # each look takes some: who waits for less than now_s can hold waits no longer
    return now_s


def pass_time(seconds: float) -> None:
    global now_s
    now_s += seconds


def timed(self, images, really=Engine.__call__):
    outputs = really(self, images)
    slower = SLOWER.get(self.spec.options.get("graph_optimization"), 1.0)
    pass_time(CALL_S * slower * NOISE.gauss(1, 0.001))
    return outputs


class Nobody:
    """Who else uses this machine."""

    def others_s(self) -> float:
        return 0.0


def here(place, request, title, there=fresh_process.in_fresh_process):
    if place == "sdvbench.measurement.peak:answer":
        return PEAK | {"missing": {"int8": "it is not in this test"}}
    if place == "sdvbench.measurement.memory:answer":
        return MEMORY | {"first_output": time.monotonic()}
    own = place.startswith("sdvbench.gate")
    return resolve_name(place)(request) if own else there(place, request, title)


Engine.__call__ = timed
interleaved.perf_counter = latency.perf_counter = clock
camera.WallClock = partial(camera.WallClock, timer=clock, pause=pass_time)
interleaved.Watch = drive.Watch = Nobody
interleaved.waited_s = lambda: 0.0
fresh_process.in_fresh_process = memory.in_fresh_process = peak.in_fresh_process = here


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    session.config._benchmarksession.options["timer"] = NameWrapper(clock)
