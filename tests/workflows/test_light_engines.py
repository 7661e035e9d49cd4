"""An engine without torch must not load it: it would count as the engine's memory."""

import subprocess
import sys

import sdvbench
from sdvbench.models import Detector
from sdvbench.store import Store

LOAD = """
import sys
from pathlib import Path
import numpy as np
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec

folder = Path(sys.argv[1])
with WORKFLOWS["W1"]().load(folder, EngineSpec("fp32", 64)) as engine:
    print(engine(np.zeros((1, 3, 64, 64), np.float32)).shape)
assert "torch" not in sys.modules
assert "onnx" not in sys.modules
"""


def test_w1_runs_without_torch(nano: Detector, store: Store) -> None:
    sdvbench.build(nano, "W1", imgsz=64, store=store).close()
    (folder,) = (
        store.root / entry.key[:2] / entry.key
        for entry in store.entries()
        if entry.recipe
        and (entry.recipe.get("workflow"), entry.recipe.get("precision")) == ("W1", "fp32")
        and entry.recipe["shape"] == [1, 3, 64, 64]
        and not entry.recipe["options"]
    )
    told = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "(1, 252, 85)"
