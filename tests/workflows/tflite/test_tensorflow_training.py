"""The study's strategies as its own tool trains them: what files hold, and what they compute."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.tensors import TensorSpec
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec
from sdvbench.workflows.tflite import converter
from sdvbench.workflows.tflite.axes import channels_last
from sdvbench.workflows.tflite.contents import LAYERS, _Graph
from sdvbench.workflows.tflite.conversion import SETTINGS, write_plan
from sdvbench.workflows.tflite.plan import planned
from sdvbench.workflows.tflite.running import LiteRtEngine

PROGRAM = Path(__file__).parents[3] / "scripts" / "tensorflow_training.py"
STRATEGIES = ["plain", "QAT", "pruning", "CQAT", "PQAT", "PCQAT"]
AWARE = ["QAT", "CQAT", "PQAT", "PCQAT"]
IMAGES = 128
# Differences as shares of how much outputs vary: 1 is what their mean would be off by.
MOST = dict.fromkeys(("plain", *AWARE), 0.5) | dict.fromkeys(("pruning", "pruning-dynamic"), 1.0)


class Small(Network):
    """As PilotNet is, with two convolutions and two dense layers."""

    inputs = (TensorSpec("image", ("batch", 3, 16, 24)),)

    def __init__(self) -> None:
        super().__init__("small")
        self.body = nn.Sequential(
            nn.BatchNorm2d(3),
            nn.Conv2d(3, 8, 5, 2),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(512, 32),
            nn.ReLU(),
            nn.Linear(32, 2),
        )

    def forward(self, image: Tensor) -> Tensor:
        command: Tensor = self.body(image)
        return command


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """Blocks of colour, (images, 3, 16, 24)."""
    coarse = torch.rand(IMAGES, 3, 4, 6, generator=torch.Generator().manual_seed(1))
    fine = nn.functional.interpolate(coarse, (16, 24), mode="nearest")
    return (fine * 255).byte().numpy()


@pytest.fixture(scope="module")
def wanted(images: NDArray[np.uint8]) -> tuple[Network, NDArray[np.float32]]:
    """A model that was trained for a moment, and what it puts out, around 0.5 as commands are, for
    the images and for them mirrored: whether the top or the left is the brighter half.
    """
    both = torch.from_numpy(np.concatenate([images, images[..., ::-1]])).float() / 255
    top, bottom = (half.mean((1, 2, 3)) for half in both.chunk(2, dim=2))
    left, right = (half.mean((1, 2, 3)) for half in both.chunk(2, dim=3))
    truth = torch.stack([top - bottom, left - right], 1)
    truth = 0.5 + 0.25 * (truth - truth.mean(0)) / truth.std(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Small()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(both), truth).backward()
        optimizer.step()
    with torch.inference_mode():
        outputs = model.eval()(both).numpy()
    return model, np.stack(np.split(outputs, 2), 1)


@pytest.fixture(scope="module")
def trained(
    images: NDArray[np.uint8],
    wanted: tuple[Network, NDArray[np.float32]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of what one short training of each strategy makes, towards the start's outputs."""
    if gap := WORKFLOWS["LiteRT"]().gap(EngineSpec.for_images("fp32")):
        pytest.skip(str(gap))
    if find_spec("tensorflow_model_optimization") is None:
        pytest.skip("tensorflow-model-optimization is not installed; extra: tensorflow")
    folder = tmp_path_factory.mktemp("trained")
    model, commands = wanted
    with torch.no_grad():
        program = torch.export.export(model, model.example(model.bound_inputs()))
    write_plan(planned(program, model.name), (1, 3, 16, 24), "fp32", folder)
    np.save(folder / "images.npy", channels_last(images))
    np.save(folder / "commands.npy", commands)
    settings = {
        "converter": converter.__file__,
        "strategies": STRATEGIES,
        "epochs": 1,
        "batch": 4,
        "learning_rate": 2e-3,
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, str(PROGRAM), str(folder)]
    told = subprocess.run(
        command, env=os.environ | SETTINGS, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def kernels(trained: Path) -> Callable[[str], list[NDArray[Any]]]:
    """Of a file, as they are stored; the last one has 64 weights, too few to be clustered."""
    from ai_edge_litert.interpreter import Interpreter

    def kernels(name: str) -> list[NDArray[Any]]:
        file = trained / f"{name}.tflite"
        interpreter = Interpreter(str(file))
        interpreter.allocate_tensors()
        layers = _Graph(file.read_bytes()).operators_of(LAYERS)
        found = [interpreter.get_tensor(layer.inputs[1]) for layer in layers]
        assert [one.size for one in found] == [600, 1152, 16384, 64]
        return found

    return kernels


def zeros(kernels: list[NDArray[Any]]) -> float:
    return float(np.concatenate([kernel.ravel() == 0 for kernel in kernels]).mean())


@pytest.mark.parametrize(
    ("name", "share"),
    [("pruning", 0.8), ("pruning-dynamic", 0.8), ("PQAT", 0.5), ("PCQAT", 0.5)],
)
def test_pruned_weights_are_zero(
    kernels: Callable[[str], list[NDArray[Any]]], name: str, share: float
) -> None:
    assert zeros(kernels(name)) >= share - 0.01
    assert zeros(kernels("plain")) < 0.01


@pytest.mark.parametrize("name", ["CQAT", "PCQAT"])
def test_clustered_layers_have_eight_values(
    kernels: Callable[[str], list[NDArray[Any]]], name: str
) -> None:
    """A convolution's in each output channel, since each has a scale of its own."""
    first, second, dense, _ = kernels(name)
    for channel in (*first, *second, dense):
        assert 2 <= len(np.unique(channel)) <= 8
    assert len(np.unique(kernels("QAT")[2])) > 100


@pytest.mark.parametrize("name", AWARE)
def test_layers_behind_the_first_are_integers(trained: Path, name: str) -> None:
    """tfmot rounds no output of a BatchNorm, so that the convolution behind it stays float32."""
    graph = _Graph((trained / f"{name}.tflite").read_bytes())
    layers = graph.operators_of(LAYERS)
    types = [(graph.taken(layer), graph.weights(layer)[0]) for layer in layers]
    assert types == [("FLOAT32", "FLOAT32"), *[("INT8", "INT8")] * 3]


@pytest.mark.parametrize(
    ("name", "most"),
    [*MOST.items()],
)
def test_outputs_stay_near_those_of_the_start(
    trained: Path,
    images: NDArray[np.uint8],
    wanted: tuple[Network, NDArray[np.float32]],
    name: str,
    most: float,
) -> None:
    """The root of the mean squared difference, as a share of how much the start's outputs vary."""
    model, commands = wanted
    spec = EngineSpec("fp32", model.bound_inputs(), options={"threads": 1})
    with LiteRtEngine(trained / f"{name}.tflite", spec) as engine:
        found = np.concatenate([engine(one[None] / np.float32(255)) for one in images])
    assert np.isfinite(found).all()
    errors = np.sqrt(np.square(found - commands[:, 0]).mean(0)) / commands[:, 0].std(0)
    assert errors.max() < most
