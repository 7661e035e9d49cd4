"""Claims about memory, on peaks that were made up."""

import pytest

from sdvbench.claims import memory
from sdvbench.claims.finding import Status
from tests.claims.fakes import FakeEvidence, claim

PAIR = "PL-W1-int8 over orig-Wd-fp32"
THIRD = {"number": 0.3, "within": 0.1}  # so that 27 % will do
HOST = claim("memory", PAIR, memory="host", **THIRD)
DEVICE = claim("memory", PAIR, memory="device", **THIRD)


def peaks(*ours):
    return {"PL-W1-int8": list(ours), "orig-Wd-fp32": [100.0, 101.0, 102.0]}


@pytest.mark.parametrize(
    ("ours", "status"),
    [
        ((70.0, 72.0, 73.0), Status.CONFIRMED),  # the worst against the best: 27 %
        ((70.0, 72.0, 73.1), Status.NOT_TESTABLE),
        ((74.5, 76.0, 78.0), Status.REFUTED),  # the best against the worst: 26.96 %
        ((74.0, 76.0, 78.0), Status.NOT_TESTABLE),
    ],
)
def test_no_two_processes_may_say_otherwise(ours, status):
    found = memory.judge(HOST, FakeEvidence(peaks=peaks(*ours)))
    assert found.status is status
    assert "100 to 102" in found.reason


def test_more_is_no_negative_less():
    found = memory.judge(HOST, FakeEvidence(peaks=peaks(135.0, 136.35, 138.0)))
    assert (found.status, found.ours) == (Status.REFUTED, "PL-W1-int8 35 % more")
    assert "PL-W1-int8 needs 35 % more host memory than orig-Wd-fp32" in found.reason


def test_a_gpu_s_memory_cannot_be_tested_on_a_cpu():
    found = memory.judge(DEVICE, FakeEvidence(peaks=peaks(1.0)))
    assert found.status is Status.NOT_TESTABLE
    assert "--sdv-device cuda" in found.reason


def test_a_gpu_s_memory_is_what_nvml_says():
    evidence = FakeEvidence(peaks=peaks(50.0, 50.0, 50.0), device="cuda")
    found = memory.judge(DEVICE, evidence)
    assert (found.status, found.ours) == (Status.CONFIRMED, "PL-W1-int8 50 % less")


def test_a_gpu_of_which_nobody_tells():
    evidence = FakeEvidence(peaks=peaks(50.0), device="cuda")
    evidence.fresh = lambda build: FakeEvidence(peaks=peaks(50.0)).fresh(build)
    found = memory.judge(DEVICE, evidence)
    assert found.status is Status.NOT_TESTABLE
    assert "NVML does not tell" in found.reason


def test_an_engine_that_cannot_run_here():
    found = memory.judge(HOST, FakeEvidence(missing=("orig-Wd-fp32",)))
    assert found.reason == "there is no such machine; to enable: buy one"


def test_each_pair_saves_the_share_that_its_table_says():
    pairs = ("PL-W1-int8 over PL-Wd-fp32", "PS-W1-int8 over PS-Wd-fp32")
    saved = claim("saved", *pairs, memory="device", shares=(0.3, 0.4), within=0.1)
    known = {"PL-Wd-fp32": [100.0], "PS-Wd-fp32": [100.0], "PL-W1-int8": [70.0]}
    enough = FakeEvidence(peaks=known | {"PS-W1-int8": [63.0]}, device="cuda")
    found = memory.judge(saved, enough)
    assert found.status is Status.CONFIRMED
    assert "where 27.0 % less would hold" in found.reason
    assert "where 36.0 % less would hold" in found.reason
    less = FakeEvidence(peaks=known | {"PS-W1-int8": [66.0]}, device="cuda")
    assert memory.judge(saved, less).status is Status.REFUTED
