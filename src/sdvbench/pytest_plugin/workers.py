"""Workers of pytest-xdist on one host: a GPU each, since two on one would disturb each other."""

import os
import re

import pytest

from sdvbench.errors import OptionError

SPOILT = "beside other workers of pytest-xdist its times mean nothing; to enable: run without -n"


def is_worker(config: pytest.Config) -> bool:
    """Whether pytest-xdist started this process."""
    return hasattr(config, "workerinput")


def own_device(device: str) -> str:
    """``device``, but "cuda" is this worker's GPU where pytest-xdist runs several.

    Raises OptionError where there are more workers than GPUs.
    """
    worker = re.fullmatch("gw([0-9]+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if device != "cuda" or not worker:
        return device
    import torch

    number, gpus = int(worker[1]), torch.cuda.device_count()
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > gpus:
        raise OptionError(
            f"pytest -n {workers} --sdv-device cuda",
            f"asks for more workers than the {gpus} GPUs that PyTorch sees here",
            f"Use -n {gpus} or fewer" if gpus else "Check nvidia-smi",
        )
    return f"cuda:{number % gpus}"  # one that replaces a dead worker has the next number
