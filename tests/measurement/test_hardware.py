"""Hardware classes."""

import re

import pytest

from sdvbench.errors import MeasurementError
from sdvbench.measurement.hardware import available_cores, hardware, library_versions
from sdvbench.workflows import WORKFLOWS


def test_the_class_is_a_file_name_with_the_core_count():
    found = hardware("cpu")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found.name)
    assert f"-{available_cores()}c-" in found.name


def test_library_versions_are_those_that_workflows_declare(monkeypatch):
    versions = library_versions()
    assert versions["torch"].startswith("2.")
    assert {"onnx", "onnxruntime", "onnxscript", "torch-pruning"} <= versions.keys()
    assert "rich" not in versions
    declared = ("torch", "rich", "no-such-library")
    monkeypatch.setattr(WORKFLOWS["Wd"], "packages", declared)
    assert library_versions().keys() == versions.keys() | {"rich"}


def test_a_gpu_that_is_not_there_is_an_error(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(MeasurementError, match="cuda:7: PyTorch sees 2 CUDA devices, numbered"):
        hardware("cuda:7")
