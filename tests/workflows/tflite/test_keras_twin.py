"""The studies' networks in Keras: the same outputs, and as many parameters as the studies have."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sdvbench.models import MODELS
from sdvbench.models.fusion import fuse
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.tflite.axes import channels_last
from sdvbench.workflows.tflite.conversion import SETTINGS, write_plan
from sdvbench.workflows.tflite.plan import planned
from tests.workflows.tflite.networks import drawn

ROOT = Path(__file__).parents[3]
IMAGES = 6


@pytest.mark.parametrize(
    ("name", "parameters"), [("pilotnet", 1_595_528 + 6), ("pilotnet_tf", 17_016_206)]
)
def test_keras_puts_out_what_pytorch_does(name: str, parameters: int, tmp_path: Path) -> None:
    """Keras counts BatchNorm's six running statistics, which PyTorch does not."""
    if gap := WORKFLOWS["LiteRT"]().gap(EngineSpec.for_images("fp32")):
        pytest.skip(str(gap))
    model = drawn(MODELS[name]())
    images = torch.rand(IMAGES, 3, 66, 200, generator=torch.Generator().manual_seed(2))
    # Outputs of random weights are of any size; commands are 0..1.
    with torch.no_grad():
        share = 4 * model(images).std(0)
        model.command.weight /= share[:, None]
        model.command.bias /= share
        model.command.bias += 0.5 - model(images).mean(0)
        wanted = model(images).numpy()
        program = torch.export.export(fuse(model), (images,))
    write_plan(planned(program, name), tuple(images.shape), "fp32", tmp_path)
    np.save(tmp_path / "images.npy", channels_last(images.numpy()))
    command = [sys.executable, "-m", "tests.workflows.tflite.keras_twin", str(tmp_path)]
    told = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    found = np.load(tmp_path / "outputs.npy")
    spread = wanted.std(0)
    assert (spread > 0.2).all()
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
    assert (np.abs(found - wanted).max(0) / spread).max() < 1e-5
    assert int(told.stdout.split()[-1]) == parameters
