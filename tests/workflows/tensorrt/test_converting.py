"""W0 as far as Torch-TensorRT's converters and NVIDIA's builder go without a GPU."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from sdvbench.errors import BuildError
from tests.workflows.tensorrt import rig

ROOT = Path(__file__).parents[3]
# YOLOv5n's 60 convolutions; the last three stay float in int8.
CONVOLUTIONS = {
    "fp32": {"CONVOLUTION FLOAT": 60},
    "fp16": {"CONVOLUTION HALF": 60},
    "int8": {"CONVOLUTION FLOAT": 3, "CONVOLUTION INT8": 57},
}
# PilotNet's five convolutions and five dense layers; the last one stays float in int8.
WEIGHTED = ("CONVOLUTION", "MATRIX_MULTIPLY")
PILOTNET = {
    "fp32": {"CONVOLUTION FLOAT": 5, "MATRIX_MULTIPLY FLOAT": 5},
    "fp16": {"CONVOLUTION HALF": 5, "MATRIX_MULTIPLY HALF": 5},
    "int8": {"CONVOLUTION INT8": 5, "MATRIX_MULTIPLY FLOAT": 1, "MATRIX_MULTIPLY INT8": 4},
}
DETECTORS = [f"yolov5n-orig-{precision}" for precision in CONVOLUTIONS] + ["yolov5n-PG-int8"]
DRIVERS = [
    f"{name}-orig-{precision}" for name in ("pilotnet", "pilotnet_tf") for precision in PILOTNET
]


@pytest.fixture(scope="module")
def converted() -> Mapping[str, Any]:
    """What NVIDIA's builder was given, by model, pruning and precision, from a process that plays
    CUDA.
    """
    try:
        places = [rig.folder(), rig.torch_tensorrt_folder()]
    except rig.NoRig as reason:
        pytest.skip(f"{reason}; to enable: let pip reach PyPI")
    done = subprocess.run(
        [sys.executable, "-m", "tests.workflows.tensorrt.without_cuda", *DETECTORS, *DRIVERS],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", DETECTORS)
def test_the_whole_network_is_one_plan_in_its_precision(
    converted: Mapping[str, Any], name: str
) -> None:
    # An operator that no converter takes is an error; one network means that none was left over.
    (network,) = converted[name]["networks"]
    found = {name: count for name, count in network["layers"].items() if "CONVOLUTION" in name}
    assert found == CONVOLUTIONS[name.rpartition("-")[2]]
    assert network["inputs and outputs"] == [["FLOAT", 1, 3, 64, 64], ["FLOAT", 1, 252, 85]]
    assert converted[name]["bytes"] > 1_000_000


@pytest.mark.parametrize("name", DETECTORS)
def test_it_says_which_layers_stay_float(converted: Mapping[str, Any], name: str) -> None:
    precision = name.rpartition("-")[2]
    kept = [f"model.24.m.{place}" for place in range(3)] if precision == "int8" else []
    kinds = {"fp32": "FLOAT", "fp16": "FLOAT16", "int8": "INT8"}
    counts = {kinds[precision]: 60 - len(kept)} | ({"FLOAT": 3} if kept else {})
    assert converted[name]["facts"] == {"layers": counts, "float_layers": kept}


@pytest.mark.parametrize("name", DRIVERS)
def test_so_is_a_network_that_drives(converted: Mapping[str, Any], name: str) -> None:
    (network,) = converted[name]["networks"]
    weighted = {n: count for n, count in network["layers"].items() if n.startswith(WEIGHTED)}
    assert weighted == PILOTNET[name.rpartition("-")[2]]
    assert network["inputs and outputs"] == [["FLOAT", 1, 3, 66, 200], ["FLOAT", 1, 2]]
    assert converted[name]["bytes"] > 1_000_000


class Net(nn.Module):
    """One convolution, in half or not."""

    def __init__(self, half: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)
        if half:
            self.conv.half()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.conv(images.to(self.conv.weight.dtype))


@pytest.mark.parametrize("half", [True, False])
def test_a_program_of_another_precision_is_refused(half: bool) -> None:
    from sdvbench.quantization.program import check_program

    program = torch.export.export(Net(half).eval(), (torch.zeros(1, 3, 8, 8),))
    check_program(program, "fp16" if half else "fp32")
    for other in ("fp32" if half else "fp16", "int8"):
        with pytest.raises(
            BuildError, match=f"is no {other}: of 1 layers with weights {int(half)}"
        ):
            check_program(program, other)
