"""Workers of pytest-xdist get a GPU each."""

import pytest
import torch

from sdvbench.errors import OptionError
from sdvbench.pytest_plugin.workers import own_device


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two, on a host with two GPUs."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("worker")
def test_a_worker_s_gpu_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_device("cuda") == "cuda:1"
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")  # in the place of one that died
    assert own_device("cuda") == "cuda:0"
    assert own_device("cuda:0") == "cuda:0"  # asked for by number
    assert own_device("cpu") == "cpu"


def test_one_process_takes_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    assert own_device("cuda") == "cuda"
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "master")
    assert own_device("cuda") == "cuda"


@pytest.mark.usefixtures("worker")
def test_more_workers_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(OptionError, match=r"-n 2 --sdv-device cuda: asks for more .* the 1 GPUs"):
        own_device("cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(OptionError, match="Check nvidia-smi"):
        own_device("cuda")
