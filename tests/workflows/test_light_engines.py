"""An engine without torch must not load it: it would count as the engine's memory."""

import subprocess
import sys

import pytest

from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.build import build_artifact
from tests.workflows.conftest import skip_without_openvino

LOAD = """
import sys
from pathlib import Path
import numpy as np
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

workflow, folder = sys.argv[1], Path(sys.argv[2])
with WORKFLOWS[workflow]().load(folder, EngineSpec.for_images("fp32", 64)) as engine:
    print(engine(np.zeros((1, 3, 64, 64), np.float32)).shape)
assert "torch" not in sys.modules
assert "onnx" not in sys.modules
"""


@pytest.mark.parametrize("workflow", ["W1", "OpenVINO"])
def test_it_runs_without_torch(nano: Detector, store: Store, workflow: str) -> None:
    if workflow == "OpenVINO":
        skip_without_openvino("fp32")
    source = Source(model_digest(nano), lambda: nano)
    folder = build_artifact(workflow, source, EngineSpec.for_images("fp32", 64), None, store).folder
    command = [sys.executable, "-c", LOAD, workflow, str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "(1, 252, 85)"
