"""Random weights: reproducible on every machine, and alive."""

import copy
import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from sdvbench.errors import OptionError
from sdvbench.models import Detector, load_model
from sdvbench.models.base import Network
from sdvbench.models.digest import model_digest
from sdvbench.models.seeded import seed_weights
from sdvbench.tensors import images_spec

DIGEST = """
from sdvbench.models import load_model
from sdvbench.models.digest import model_digest
print(model_digest(load_model("yolov5n")))
"""


def test_a_seed_decides_the_weights(nano: Detector, other_seed: Detector) -> None:
    assert model_digest(load_model("yolov5n")) == model_digest(nano)
    assert model_digest(other_seed) != model_digest(nano)


def test_kernels_of_another_machine_give_the_same_weights(nano: Detector) -> None:
    plain = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    told = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env=os.environ | plain,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == model_digest(nano)


def test_layers_keep_nothing_of_the_call_that_measures_statistics() -> None:
    """Else the model would not be what its file makes."""

    class Keeps(nn.BatchNorm2d):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            self.seen = input.shape
            return super().forward(input)

    class Net(Network):
        inputs = (images_spec(),)

        def __init__(self) -> None:
            super().__init__("net")
            self.body = nn.Sequential(nn.Conv2d(3, 4, 3), Keeps(4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.body(x)

    model = Net()
    seed_weights(model, 0)
    assert not hasattr(model.body[1], "seen")
    assert model.body[1].running_var.ne(1).all()
    assert model.body[1].momentum == 0.1


def test_activations_are_alive(nano: Detector, images: torch.Tensor) -> None:
    model = copy.deepcopy(nano)
    spreads: list[float] = []
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.register_forward_hook(lambda _module, _inputs, out: spreads.append(float(out.std())))
    with torch.inference_mode():
        outputs = model(images)
    assert len(spreads) == len(norms)
    assert all(0.1 < spread < 10 for spread in spreads), spreads
    scores = outputs[..., 4:]
    assert 0.01 < float(scores.std()) < 0.3
    assert 0.2 < float(scores.mean()) < 0.8  # no saturated sigmoid
    assert float((outputs[0] - outputs[1]).abs().max()) > 0.1  # the image matters


def test_the_number_of_classes_is_free_but_positive() -> None:
    assert load_model("yolov5n", num_classes=3)(torch.zeros(1, 3, 64, 64)).shape[-1] == 8
    for count in (0, -1):
        with pytest.raises(OptionError, match="is not positive"):
            load_model("yolov5n", num_classes=count)


def test_an_unknown_model_is_told_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"model 'yolov9': is not known\. Choose from yolov5n, "):
        load_model("yolov9")
