"""An engine without torch must not load it: it would count as the engine's memory."""

import subprocess
import sys

from sdvbench.models import Detector
from sdvbench.models.digest import model_digest
from sdvbench.store import Store
from sdvbench.workflows.base import EngineSpec, Source
from sdvbench.workflows.build import build_artifact

LOAD = """
import sys
from pathlib import Path
import numpy as np
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

folder = Path(sys.argv[1])
with WORKFLOWS["W1"]().load(folder, EngineSpec.for_images("fp32", 64)) as engine:
    print(engine(np.zeros((1, 3, 64, 64), np.float32)).shape)
assert "torch" not in sys.modules
assert "onnx" not in sys.modules
"""


def test_w1_runs_without_torch(nano: Detector, store: Store) -> None:
    source = Source(model_digest(nano), lambda: nano)
    folder = build_artifact("W1", source, EngineSpec.for_images("fp32", 64), None, store).folder
    told = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "(1, 252, 85)"
