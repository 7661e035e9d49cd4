"""Reproducible random weights that keep every activation alive."""

import copy

import torch
from torch import Tensor, nn

from sdvbench.models.base import Network
from sdvbench.tensors import images_spec

HEAD_GAIN = 0.2


def seed_weights(model: Network, seed: int) -> None:
    """Fill ``model`` in place with random weights, the same for the same seed on every machine.

    Random layers alone let activations die out or explode with depth, and an engine's
    numerics would then go untested. So a few images pass with BatchNorm taking its statistics from
    them, after which every layer sees activations of unit size. Machines differ in the last bits of
    what they compute, and store keys must not: all of it is float64, rounded to far less.
    """
    generator = torch.Generator().manual_seed(seed)
    decoded = {part for layer in model.decoded_layers() for part in layer.modules()}
    norms = _norms(model)
    with torch.no_grad():
        model.double()
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                # Sigmoids of detection heads would saturate, and hide every numeric difference, at
                # the full gain.
                gain = HEAD_GAIN if model.get_submodule(name.rpartition(".")[0]) in decoded else 1.0
                fan_in = weight[0].numel()
                weight.normal_(0.0, gain * fan_in**-0.5, generator=generator)
                weight.copy_(weight.float())  # what is left after model.float()
            elif "bias" in name.rpartition(".")[2]:
                weight.zero_()
        if norms:
            run = copy.deepcopy(model).train()  # layers may keep what they compute in a call
            for norm in _norms(run):
                norm.momentum = 1.0
            run(*_statistics_inputs(model, generator))
            model.load_state_dict(run.state_dict())
        for norm in norms:
            _round_statistics(norm)
        model.float()


def _norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]


def _round_statistics(norm: nn.BatchNorm2d) -> None:
    mean, variance, batches = norm.running_mean, norm.running_var, norm.num_batches_tracked
    assert mean is not None
    assert variance is not None
    assert batches is not None
    variance.copy_(variance.bfloat16())
    step = variance.sqrt() / 256
    mean.copy_((mean / step).round() * step)
    batches.zero_()


def _statistics_inputs(model: Network, generator: torch.Generator) -> tuple[Tensor, ...]:
    if model.inputs == (images_spec(),):
        return (_statistics_images(generator),)
    example = model.example(model.bound_inputs(batch=8))
    return tuple(value.double() if value.is_floating_point() else value for value in example)


def _statistics_images(generator: torch.Generator) -> Tensor:
    """(8, 3, 256, 256) in 0..1: overlapping rectangles of every size ("dead leaves").

    Such images have the edges, flat areas and spectrum of photographs; on noise or on smooth
    gradients the statistics would not fit the images that engines are run with.
    """
    count, px = 8, 256
    images = torch.empty(count, 3, px, px, dtype=torch.float64)
    for image in images:
        image[:] = torch.rand(3, 1, 1, generator=generator)
        for u, v, size, aspect in torch.rand(200, 4, generator=generator).tolist():
            height = int(4 + (px / 2) * size**3)
            width = int(height * (0.5 + 1.5 * aspect))
            top, left = int(u * px) - height // 2, int(v * px) - width // 2
            colour = torch.rand(3, 1, 1, generator=generator)
            image[:, max(top, 0) : top + height, max(left, 0) : left + width] = colour
    images += 0.02 * torch.randn(images.shape, dtype=images.dtype, generator=generator)
    return images.clamp_(0, 1)
