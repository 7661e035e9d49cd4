"""A package that brings a model, a task, a metric and a workflow: a file each, and entry points."""

import json
import subprocess
import sys

import pytest

from tests.pytest_plugin.conftest import ROOT

MODEL = """
import torch
from torch import nn
from sdvbench.models.base import Network
from sdvbench.tensors import TensorSpec

class Steer(Network):
    task = "steering"
    inputs = (TensorSpec("speed", ("batch", 4)),)

    def __init__(self):
        super().__init__("steer")
        self.layer = nn.Linear(4, 2)

    def forward(self, speed):
        return self.layer(speed)
"""
TASK = """
import numpy as np
from sdvbench.tasks.base import Agreement, Task

class Steering(Task):
    metric = "steering_off"
    fewest_calls = 2

    def takes_images(self, inputs):
        return False

    def call(self, network, inputs, samples, seed):
        rng = np.random.default_rng(seed)
        return (rng.random(inputs[0].sizes, np.float32),)

    def agreement(self, network, inputs, outputs, reference, samples):
        off = max(abs(a[0] - b[0]).max() for a, b in zip(outputs, reference, strict=True))
        return Agreement({"steering_off": float(off)}, {})
"""
METRIC = """
from sdvbench.metrics.base import Column, Metric, Value

STEERING_OFF = Metric(
    "steering_off",
    "steering beside the reference's",
    values=(Value("steering_off", "steering_off", "steering that is off", "lower", " rad"),),
    columns=(Column("steering off", "steering_off", "{:.1e}"),),
    legend=("steering off: the largest difference from the reference, in radians",),
    limited={"steering_off": "error of the steering"},
)
"""
WORKFLOW = """
import numpy as np
from sdvbench.workflows.base import Engine, Workflow

class NumPy(Workflow):
    title = "NumPy"
    precisions = ("fp32",)
    packages = ("numpy",)
    by_default = False

    def gap(self, spec):
        return None

    def recipe(self, spec):
        return {"numpy": np.__version__}

    def build(self, request, folder):
        state = request.source.load().state_dict()
        np.savez(folder / "w.npz", **{name: value.numpy() for name, value in state.items()})

    def load(self, folder, spec):
        return NumPyEngine(dict(np.load(folder / "w.npz")), spec)

class NumPyEngine(Engine):
    def __init__(self, weights, spec):
        super().__init__(spec)
        self.weights = weights

    def run(self, speed):
        return speed @ self.weights["layer.weight"].T + self.weights["layer.bias"]
"""
FILES = {"model": MODEL, "task": TASK, "metric": METRIC, "workflow": WORKFLOW}
ENTRIES = """
[sdvbench.models]
steer = steer_model:Steer
[sdvbench.tasks]
steering = steer_task:Steering
[sdvbench.metrics]
steering_off = steer_metric:STEERING_OFF
[sdvbench.workflows]
NumPy = steer_workflow:NumPy
"""
KEYS = """
from sdvbench.models import load_model
from sdvbench.models.digest import model_digest
from sdvbench.store import Store, recipe_key
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import BuildRequest, Calibration, EngineSpec, Source
from sdvbench.workflows.build import artifact_recipe

model = load_model("yolov5n")
source = Source(model_digest(model), lambda: model)
for name in ("Wd", "W1", "OpenVINO", "Inductor"):
    for precision in WORKFLOWS[name].precisions:
        spec = EngineSpec.for_images(precision)
        request = BuildRequest(source, spec, Calibration("any", list), Store())
        print(name, precision, recipe_key(artifact_recipe(name, WORKFLOWS[name](), request)))
"""


@pytest.fixture
def package(suites):
    """Installs the package in the folder of the run."""
    info = suites.path / "steer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: steer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    for name, text in FILES.items():
        (suites.path / f"steer_{name}.py").write_text(text)
    return suites.path


def test_all_of_it_is_in_table_gate_json_and_page(suites, package):
    limits = package / "baselines" / "thresholds.toml"
    limits.write_text("[steering_off]\nfp32 = { steering_off = 1e-5 }\n")
    files = ("--sdv-report=run.html", "--benchmark-json=run.json")
    chosen = ("--sdv-model=steer", "--sdv-workflow=NumPy,W1", "-k", "orig and fp32")
    result = suites("perf/test_latency.py", "accuracy/test_agreement.py", *chosen, *files)
    assert not {"failed", "errors"} & result.parseoutcomes().keys()
    result.stdout.fnmatch_lines(
        [
            "cell * steering off *",
            "steer-orig-NumPy-fp32-b1 *",
            "steer-orig-W1-fp32-b1 *",
            "steering off: the largest difference from the reference, in radians",
        ]
    )
    records = json.loads((package / "run.json").read_text())["sdvbench"]["records"]
    told = {(record["cell"], record["metric"]): record for record in records}
    record = told["steer-orig-NumPy-fp32-b1", "steering_off"]
    assert (record["status"], record["tier"]) == ("PASS", "limit")
    assert "steering off</th>" in (package / "run.html").read_text()
    limits.write_text("[steering_off]\nfp32 = { steering_off = 0 }\n")
    result = suites("accuracy/test_agreement.py", *chosen[:1], "--sdv-workflow=W1", *chosen[2:])
    result.stdout.fnmatch_lines(
        ["FAIL steer-orig-W1-fp32-b1 steering_off: error of the steering *"]
    )


def test_no_key_of_an_artifact_changes(package, monkeypatch):
    def keys(*folders):
        monkeypatch.setenv("PYTHONPATH", ":".join(map(str, (ROOT / "src", *folders))))
        done = subprocess.run(
            [sys.executable, "-c", KEYS], capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    assert keys(package) == keys()
    assert len(keys()) == 12
