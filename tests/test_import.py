"""The public face: light to import, and complete."""

import subprocess
import sys
from pathlib import Path

import pytest

import sdvbench

LIGHT = """
import sys
import sdvbench, sdvbench.cells, sdvbench.errors, sdvbench.registry, sdvbench.workflows
import sdvbench.cli, sdvbench.json_text, sdvbench.models, sdvbench.pruning
heavy = {"torch", "onnx", "onnxruntime", "numpy", "cv2", "torch_pruning", "pytest"}
print(*sorted(heavy & set(sys.modules)))
"""

LISTING = """
import sys, pytest
code = pytest.main(["perf", "accuracy", "--collect-only", "-q"])
heavy = {"torch", "onnx", "onnxruntime", "tensorrt", "torch_pruning"}
print(int(code), *sorted(heavy & set(sys.modules)))
"""


def test_importing_loads_nothing_heavy() -> None:
    told = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_listing_cells_loads_neither_torch_nor_a_runtime() -> None:
    root = Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", LISTING], cwd=root, capture_output=True, text=True, check=True
    )
    assert "perf/test_latency.py::test_latency[yolov5s-PG-W2-fp16-b1]" in told.stdout
    assert told.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize("name", sdvbench.__all__)
def test_every_public_name_resolves(name: str) -> None:
    public = getattr(sdvbench, name)
    assert public.__name__ == name
    assert public.__module__.startswith("sdvbench.")


def test_other_names_are_absent() -> None:
    assert not hasattr(sdvbench, "no_such_name")
