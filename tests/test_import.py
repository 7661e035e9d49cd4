"""The public face: light to import, and complete."""

import subprocess
import sys

import pytest

import sdvbench

LIGHT = """
import sys
import sdvbench, sdvbench.cells, sdvbench.errors, sdvbench.registry, sdvbench.workflows
import sdvbench.cli, sdvbench.json_text
heavy = {"torch", "onnx", "onnxruntime", "numpy", "cv2", "torch_pruning", "pytest"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_importing_loads_nothing_heavy() -> None:
    told = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize("name", sdvbench.__all__)
def test_every_public_name_resolves(name: str) -> None:
    public = getattr(sdvbench, name)
    assert public.__name__ == name
    assert public.__module__.startswith("sdvbench.")


def test_other_names_are_absent() -> None:
    assert not hasattr(sdvbench, "no_such_name")
