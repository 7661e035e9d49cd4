"""PilotNet as the studies have it: parameters, shapes, padding, pruning and seeded weights."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sdvbench.models import MODELS, load_model, save_model
from sdvbench.models.driver import same_padding
from sdvbench.pruning import prune
from sdvbench.pruning.profile import profile

NAMES = ("pilotnet", "pilotnet_tf")


@pytest.fixture(scope="module")
def seeded():
    return {name: load_model(name) for name in NAMES}


@pytest.fixture(scope="module")
def images():
    """Four unlike ones."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(4, 3, 6, 20, generator=generator)
    return nn.functional.interpolate(coarse, (66, 200), mode="bilinear")


def test_pytorch_s_has_as_many_parameters_as_the_study_s():
    assert sum(p.numel() for p in MODELS["pilotnet"]().parameters()) == 1_595_528


def test_keras_counts_running_statistics_too():
    model = MODELS["pilotnet_tf"]()
    trainable = sum(p.numel() for p in model.parameters())
    statistics = [t for name, t in model.state_dict().items() if ".running_" in name]
    assert trainable + sum(t.numel() for t in statistics) == 17_016_206


@given(st.integers(1, 300), st.integers(1, 7), st.integers(1, 4))
def test_same_padding_gives_the_output_s_size_with_as_few_zeros_as_do(size, kernel, stride):
    before, after = same_padding(size, kernel, stride)
    wanted = -(-size // stride)
    assert after - before in (0, 1)
    assert (size + before + after - kernel) // stride + 1 >= wanted
    if before + after:
        assert size + before + after == (wanted - 1) * stride + kernel


def test_convolutions_are_keras(seeded):
    """By the definition of TensorFlow's "same", in a loop over places."""
    layers = seeded["pilotnet_tf"].seen
    pad, conv = layers[0], layers[1]
    image = torch.rand(1, 3, 66, 200, dtype=torch.float64)
    found = copy.deepcopy(conv).double()(pad(image))[0].detach().numpy()
    assert found.shape == (24, 33, 100)
    weights, bias = conv.weight.detach().double().numpy(), conv.bias.detach().double().numpy()
    for row, column in ((0, 0), (32, 99), (0, 57), (20, 99)):
        total = bias.copy()
        for dy, dx in np.ndindex(
            5, 5
        ):  # TensorFlow: (33 - 1) * 2 + 5 - 66 = 3 zeros, 1 of them before
            y, x = row * 2 + dy - 1, column * 2 + dx - 1
            if 0 <= y < 66 and 0 <= x < 200:
                total += weights[:, :, dy, dx] @ image[0, :, y, x].numpy()
        assert found[:, row, column] == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_seeded_activations_are_alive(seeded, images, name):
    spreads = []
    model = copy.deepcopy(seeded[name])
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(lambda _, __, out: spreads.append(float(out.std(0).mean())))
    with torch.inference_mode():
        outputs = model(images)
    assert outputs.shape == (4, 2)
    assert len(spreads) == 10
    assert all(0.001 < spread < 10 for spread in spreads), spreads


@pytest.mark.parametrize("pruning", ["PL", "PG"])
@pytest.mark.parametrize("name", NAMES)
def test_pruned_layers_fit_one_another_and_both_outputs_stay(
    seeded, images, tmp_path, name, pruning
):
    pruned = prune(seeded[name], pruning)
    with torch.inference_mode():
        outputs = pruned(images)
    assert outputs.shape == (4, 2)
    convolutions = [layer for layer in pruned.modules() if isinstance(layer, nn.Conv2d)]
    channels = convolutions[-1].out_channels
    assert channels < 64
    assert pruned.known[0].in_features == channels * (18 if name == "pilotnet" else 9 * 25)
    assert profile(pruned).params < profile(seeded[name]).params
    save_model(pruned, tmp_path / "p.safetensors", pruning)
    again = load_model(name, tmp_path / "p.safetensors")
    assert again.pruned_before == pruning
    with torch.inference_mode():
        assert torch.equal(again(images), outputs)


def test_soft_pruning_silences_dense_layers_too(seeded, images):
    pruned = prune(seeded["pilotnet"], "PS")
    dense = pruned.known[0]
    silent = int((dense.weight.abs().sum(1) == 0).sum())
    assert silent == pytest.approx(0.2 * 1164, abs=1)
    assert not dense.bias[dense.weight.abs().sum(1) == 0].any()
    assert (pruned.command.weight != 0).any(1).all(), "both commands still depend on the image"
